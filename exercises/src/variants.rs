//! Builds the checks of a chapter, with the learner's files or with others in their place.
//!
//! Usually this is the chapter's own test target. When one of its files does not compile, or when solutions and
//! mistakes are to be proved, a test crate is written to `target/course` instead, in which each variant of an exercise
//! is a module with its own copy of the checks. Variants that do not compile are left out and reported.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::{env, fs, io};

use sttp::args::Exit;

use crate::catalog::{Chapter, Course, Exercise};
use crate::check::Checks;
use crate::compile::{self, Build, Diagnostic};
use crate::fresh::Fresh;
use crate::process;

/// An exercise, with this file as its answer.
#[derive(Debug, Clone)]
pub(crate) struct Variant<'a> {
    pub(crate) exercise: &'a Exercise,
    pub(crate) file: PathBuf,
}

impl<'a> Variant<'a> {
    fn learners(exercise: &'a Exercise) -> Variant<'a> {
        Variant { exercise, file: exercise.file() }
    }
}

/// The checks of a variant, or why it does not compile.
pub(crate) type Compiled = Result<Checks, Vec<Diagnostic>>;

/// Builds the learner's files of one chapter, and returns the result for each of `exercises`, which belong to it.
pub(crate) fn learners(
    course: &Course,
    chapter: &Chapter,
    exercises: &[&Exercise],
    colour: bool,
) -> Result<Vec<Compiled>, Exit> {
    let wanted: Vec<Variant> = exercises.iter().copied().map(Variant::learners).collect();
    let mut broken: Vec<Vec<Diagnostic>> = wanted.iter().map(|_| Vec::new()).collect();
    let all: Vec<Variant> = chapter.exercises.iter().map(Variant::learners).collect();
    if all.iter().all(|variant| variant.file.exists()) {
        let mut cargo = compile::cargo_test(&course.root, colour);
        cargo.args(["--package", "course", "--test", &chapter.target()]);
        match build_fresh(course, &chapter.folder.join("checks.rs"), &all, cargo, &chapter.target())? {
            Build::Ready(binary) => return list(&binary, wanted.iter().map(|variant| (String::new(), variant))),
            Build::Broken(errors) => blame(course, &errors, &wanted, &mut broken),
        }
    }
    assemble(course, chapter, &wanted, broken, colour)
}

/// Builds all `variants` in one crate, and returns the result for each.
pub(crate) fn compile_all(course: &Course, chapter: &Chapter, variants: &[Variant]) -> Result<Vec<Compiled>, Exit> {
    assemble(course, chapter, variants, variants.iter().map(|_| Vec::new()).collect(), false)
}

/// Builds those of `variants` that have no errors yet, leaving out more and more of them until it succeeds.
fn assemble(
    course: &Course,
    chapter: &Chapter,
    variants: &[Variant],
    mut broken: Vec<Vec<Diagnostic>>,
    colour: bool,
) -> Result<Vec<Compiled>, Exit> {
    loop {
        let good: Vec<usize> = (0..variants.len()).filter(|&index| broken[index].is_empty()).collect();
        let mut results = if good.is_empty() {
            Vec::new()
        } else {
            let modules: Vec<(String, &Variant)> =
                good.iter().map(|&index| (format!("v{index:02}::"), &variants[index])).collect();
            match build_crate(course, chapter, &modules, colour)? {
                Build::Ready(binary) => list(&binary, modules.into_iter())?,
                Build::Broken(errors) => {
                    find_guilty(course, chapter, &errors, variants, &mut broken, colour)?;
                    continue;
                }
            }
        }
        .into_iter();
        let result = |errors: Vec<Diagnostic>| match errors.is_empty() {
            true => results.next().unwrap_or_else(|| Err(Vec::new())),
            false => Err(errors),
        };
        return Ok(broken.into_iter().map(result).collect());
    }
}

/// Adds each error to the variants that it points at. When it points at nothing but checks that several variants
/// share, these are built one by one.
fn find_guilty(
    course: &Course,
    chapter: &Chapter,
    errors: &[Diagnostic],
    variants: &[Variant],
    broken: &mut [Vec<Diagnostic>],
    colour: bool,
) -> Result<(), Exit> {
    let before = broken.iter().filter(|errors| errors.is_empty()).count();
    blame(course, errors, variants, broken);
    if broken.iter().filter(|errors| errors.is_empty()).count() < before {
        return Ok(());
    }
    let suspects = |index: &usize| errors.iter().any(|error| error.is_in(course, &variants[*index].exercise.checks()));
    let suspects: Vec<usize> = (0..variants.len()).filter(|&index| broken[index].is_empty()).filter(suspects).collect();
    for &index in suspects.iter().filter(|_| variants.len() > 1) {
        let alone = [variants[index].clone()];
        if let [Err(errors)] = &mut assemble(course, chapter, &alone, vec![Vec::new()], colour)?[..] {
            broken[index].append(errors);
        }
    }
    match suspects.iter().any(|&index| !broken[index].is_empty()) {
        true => Ok(()),
        false => {
            Err(Exit::Failed(format!("the checks of chapter {} do not build:\n{}", chapter.number, errors[0].rendered)))
        }
    }
}

/// Adds each error to the variant whose file it points at, or else to the only one with these checks.
fn blame(course: &Course, errors: &[Diagnostic], variants: &[Variant], broken: &mut [Vec<Diagnostic>]) {
    for error in errors {
        let file = |variant: &Variant| error.is_in(course, &variant.file);
        let checks = |variant: &Variant| error.is_in(course, &variant.exercise.checks());
        let mut sharing = variants.iter().enumerate().filter(|(_, variant)| checks(variant)).map(|(index, _)| index);
        let only = sharing.next().filter(|_| sharing.next().is_none());
        if let Some(index) = variants.iter().position(file).or(only) {
            broken[index].push(error.clone());
        }
    }
}

impl Diagnostic {
    fn is_in(&self, course: &Course, file: &Path) -> bool {
        self.places.iter().any(|place| course.root.join(&place.file) == file)
    }
}

/// The checks that an executable has for each variant, whose modules are given with their `::`.
fn list<'a>(binary: &Path, variants: impl Iterator<Item = (String, &'a Variant<'a>)>) -> Result<Vec<Compiled>, Exit> {
    let output = process::output(Command::new(binary).args(["--list", "--format", "terse"]))
        .map_err(|error| Exit::failed(format_args!("cannot run {}", binary.display()), &error))?;
    let list = String::from_utf8_lossy(&output.stdout);
    let checks = |(module, variant): (String, &Variant)| {
        let source = read(&variant.exercise.checks())?;
        let checks = Checks::find(binary, &list, &format!("{module}{}_checks::", variant.exercise.stem), &source);
        match checks.all.is_empty() {
            true => Err(Exit::Failed(format!("no checks of {} in its chapter's checks.rs", variant.exercise.id()))),
            false => Ok(Ok(checks)),
        }
    };
    variants.map(checks).collect()
}

/// Writes the crate under a name that its contents determine, so that two runs never disturb each other; builds it.
fn build_crate(
    course: &Course,
    chapter: &Chapter,
    modules: &[(String, &Variant)],
    colour: bool,
) -> Result<Build, Exit> {
    let target = folder(course);
    let source = crate_source(modules);
    let mut hasher = DefaultHasher::new();
    source.hash(&mut hasher);
    let name = format!("{}_{:016x}", chapter.target(), hasher.finish());
    let folder = target.join(&name);
    let manifest = crate_manifest(course, &name)?;
    write_crate(&folder, &manifest, &source)
        .map_err(|error| Exit::failed(format_args!("cannot write {}", folder.display()), &error))?;
    let mut cargo = compile::cargo_test(&course.root, colour);
    cargo.args(["--offline", "--lib", "--manifest-path"]).arg(folder.join("Cargo.toml"));
    cargo.arg("--target-dir").arg(target.join("build"));
    let variants: Vec<Variant> = modules.iter().map(|(_, variant)| (*variant).clone()).collect();
    build_fresh(course, &folder.join("lib.rs"), &variants, cargo, &name)
}

/// Builds the target `name` with this root file from the files as they are now, whatever their times say.
fn build_fresh(course: &Course, root: &Path, variants: &[Variant], cargo: Command, name: &str) -> Result<Build, Exit> {
    let files = variants.iter().flat_map(|variant| [variant.file.clone(), variant.exercise.checks()]);
    let cannot = |error| Exit::failed(format_args!("cannot tell whether {} is new", root.display()), &error);
    let fresh = Fresh::before(folder(course).join("built").join(name), root, files).map_err(cannot)?;
    let build = compile::build(cargo, name)?;
    if let Build::Ready(executable) = &build {
        fresh.built(executable).map_err(cannot)?;
    }
    Ok(build)
}

fn write_crate(folder: &Path, manifest: &str, source: &str) -> io::Result<()> {
    write(&folder.join("Cargo.toml"), manifest)?;
    write(&folder.join("lib.rs"), source)
}

/// Writes a file unless it holds just this text already, because cargo looks at the time of the last write.
pub(crate) fn write(file: &Path, text: &str) -> io::Result<()> {
    if fs::read_to_string(file).ok().as_deref() == Some(text) {
        return Ok(());
    }
    fs::create_dir_all(file.parent().unwrap_or(Path::new("")))?;
    fs::write(file, text)
}

/// Where the runner keeps what it writes and builds.
pub(crate) fn folder(course: &Course) -> PathBuf {
    let target = env::var_os("CARGO_TARGET_DIR").map_or(course.root.join("target"), |path| course.root.join(path));
    target.join("course")
}

fn crate_source(modules: &[(String, &Variant)]) -> String {
    let module = |(module, variant): &(String, &Variant)| {
        let stem = &variant.exercise.stem;
        format!(
            "mod {} {{\n    #[path = {:?}]\n    pub mod {stem};\n    #[path = {:?}]\n    mod {stem}_checks;\n}}\n",
            module.trim_end_matches(':'),
            variant.file,
            variant.exercise.checks()
        )
    };
    let modules: String = modules.iter().map(module).collect();
    format!(
        "//! Written by the course runner.\n#![allow(warnings, clippy::all)]\n\n{modules}\n\
         #[test]\nfn {}() {{\n    course::came_to_its_end()\n}}\n",
        course::LAST
    )
}

/// Its own workspace, with the profiles of ours.
fn crate_manifest(course: &Course, name: &str) -> Result<String, Exit> {
    let ours = read(&course.root.join("Cargo.toml"))?;
    let mut in_profile = false;
    let profiles = ours.lines().filter(|line| {
        in_profile = if line.starts_with('[') { line.starts_with("[profile") } else { in_profile };
        in_profile
    });
    Ok(format!(
        "[package]\nname = {name:?}\nversion = \"0.0.0\"\nedition = \"2024\"\npublish = false\n\n\
         [lib]\npath = \"lib.rs\"\ndoctest = false\n\n\
         [dependencies]\nsttp = {{ path = {:?} }}\ncourse = {{ path = {:?} }}\n\n[workspace]\n\n{}\n",
        course.root,
        course.root.join("exercises"),
        profiles.collect::<Vec<_>>().join("\n")
    ))
}

/// The text of a file of the course.
pub(crate) fn read(path: &Path) -> Result<String, Exit> {
    fs::read_to_string(path).map_err(|error| Exit::failed(format_args!("cannot read {}", path.display()), &error))
}
