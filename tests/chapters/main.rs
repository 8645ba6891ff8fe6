//! Chapter.


