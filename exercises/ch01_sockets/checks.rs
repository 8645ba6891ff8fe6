//! Chapter.

#[test]
fn zz_the_process_came_to_its_end() {
    course::came_to_its_end()
}
