//! Examples of every command, for `--help` and the manual; the tests run them.

use std::fmt::Write as _;

/// What is done, and the command for it.
pub(crate) type Example = (&'static str, &'static str);

/// By command, as it is typed. In the files that they name, one command's examples follow each other.
const EXAMPLES: &[(&str, &[Example])] = &[
    (
        "show",
        &[
            ("What is in a file", "prkit show film.mp4"),
            ("An object in base64 or hex, in a file of text", "prkit show pssh.txt"),
            ("The license URL of every file of a catalogue", "prkit show catalogue/ --json"),
            ("How many files have which header", "prkit show catalogue/ --summary"),
        ],
    ),
    (
        "extract",
        &[
            ("The header's text", "prkit extract film.mp4"),
            ("The element for an MPD", "prkit extract film.mp4 --as mspr-pro"),
            ("The whole box, into a file", "prkit extract film.mp4 --what box --raw -o film.pssh"),
        ],
    ),
    (
        "lint",
        &[
            ("Every rule that something breaks", "prkit lint film.mp4 manifest.mpd"),
            ("For code scanning", "prkit lint catalogue/ --sarif -o results.sarif"),
            ("For devices of 2014", "prkit lint film.mp4 --target 2014"),
        ],
    ),
    (
        "check",
        &[
            ("A manifest and all that it names", "prkit check manifest.mpd"),
            ("Two files that belong together", "prkit check --one film.mp4 segment.m4s --level error"),
        ],
    ),
    (
        "reheader",
        &[
            ("What would be done", "prkit reheader film.mp4 --la-url https://new.example/rm.asmx -n"),
            ("Into a new file", "prkit reheader film.mp4 --la-url https://new.example/rm.asmx -o new.mp4"),
            (
                "A manifest and all that it names, in place",
                "prkit reheader --presentation manifest.mpd --la-url https://new.example/rm.asmx -i",
            ),
            (
                "A catalogue that moves, with a log to take it back by",
                "prkit reheader catalogue/ --la-url https://new.example/rm.asmx -i --log batch.jsonl",
            ),
        ],
    ),
    (
        "inject",
        &[
            ("An object for the keys that the file names", "prkit inject clear.mp4 --from-media -o new.mp4"),
            ("A box from a file", "prkit inject clear.mp4 --pssh @box.pssh -o other.mp4"),
        ],
    ),
    ("remove", &[("PlayReady's boxes, the rest closed up", "prkit remove film.mp4 --collapse -o new.mp4")]),
    (
        "els reserve",
        &[(
            "Room for licenses, so that embedding one moves nothing",
            "prkit els reserve film.mp4 -o new.mp4",
        )],
    ),
    (
        "els fill",
        &[("A license into the room for it", "prkit els fill store.mp4 --license license.xmr -o new.mp4")],
    ),
    ("els list", &[("Stores, and the licenses in them", "prkit els list filled.mp4 store.mp4")]),
    ("els strip", &[("Without the empty store", "prkit els strip store.mp4 -o new.mp4")]),
    ("recover", &[("What interruptions left in a folder", "prkit recover --list catalogue/")]),
    (
        "apply",
        &[
            (
                "A plan is written down",
                "prkit reheader catalogue/ --la-url https://new.example/rm.asmx -n --plan-to plan.jsonl",
            ),
            ("And carried out later", "prkit apply plan.jsonl -i"),
        ],
    ),
    (
        "undo",
        &[
            (
                "A batch with a log",
                "prkit reheader catalogue/ --la-url https://new.example/rm.asmx -i --log batch.jsonl",
            ),
            ("And back", "prkit undo batch.jsonl"),
        ],
    ),
    (
        "new",
        &[
            ("An object in base64", "prkit new 00112233-4455-6677-8899-aabbccddeeff --base64"),
            ("The box for the keys of a file", "prkit new --from-media film.mp4 --as pssh --raw -o new.pssh"),
            ("A key line of a playlist", "prkit new --from-media film.mp4 --as ext-x-key"),
        ],
    ),
    (
        "kid",
        &[
            ("A key ID in all its forms", "prkit kid 00112233-4455-6677-8899-aabbccddeeff"),
            (
                "Is it that of a file, in whatever byte order?",
                "prkit kid MyIRAFVEd2aImaq7zN3u/w== --in film.mp4",
            ),
        ],
    ),
    (
        "checksum",
        &[(
            "The checksum of a key in a variable",
            "prkit checksum --kid 00112233-4455-6677-8899-aabbccddeeff --key env:KEY",
        )],
    ),
    (
        "derive-key",
        &[(
            "The key that the test server has for a key ID",
            "prkit derive-key --test-seed --kid 00112233-4455-6677-8899-aabbccddeeff",
        )],
    ),
    (
        "license show",
        &[
            ("What a license says", "prkit license show license.xmr"),
            ("Those that a server sent", "prkit license show --no-tree response.xml"),
        ],
    ),
    (
        "license lint",
        &[(
            "Does a license keep the rules, for this content?",
            "prkit license lint license.xmr --content store.mp4 --clock secure",
        )],
    ),
    ("policy lint", &[("A policy of the test server", "prkit policy lint \"cfg=(persist:true,sl:2000)\"")]),
    (
        "policy advise",
        &[(
            "Dates for a rental of a month",
            "prkit policy advise --server-time \"2018-01-05 20:00\" --client 2.5 --end 1mo --first-play 48h",
        )],
    ),
    (
        "policy simulate",
        &[("What plays when a rental is played back in time", "prkit policy simulate --preset rental")],
    ),
    (
        "policy url",
        &[("An address of the test server", "prkit policy url --set kid:header --set persist:true")],
    ),
    (
        "soap show",
        &[("What client and server said to each other", "prkit soap show request.xml response.xml")],
    ),
    (
        "soap extract",
        &[("The licenses of a response, into a folder", "prkit soap extract response.xml --all licenses/")],
    ),
    ("clock", &[("Where clients of a version get the time", "prkit clock --target 3.1")]),
    ("status", &[("What a code means", "prkit status 0x8004C605")]),
    ("config", &[("Which defaults of options are mine", "prkit config")]),
    ("completions", &[("For bash", "prkit completions bash")]),
    ("man", &[("The page of a command", "prkit man els fill"), ("All pages", "prkit man --all man1/")]),
];

/// What every command ends with.
pub(crate) const EXIT_STATUS: [(&str, &str); 5] = [
    ("0", "Done, also where there was nothing to do."),
    (
        "1",
        "lint, check and the like found something, -l and -c nothing; --dry-run --exit-code found work to do.",
    ),
    ("2", "The command line makes no sense."),
    ("3", "At least one input failed, or something was left as it is. The others were done."),
    ("130", "Interrupted."),
];

/// Those of a command.
pub(crate) fn of(command: &str) -> &'static [Example] {
    EXAMPLES.iter().find(|(known, _)| *known == command).map_or(&[], |(_, examples)| examples)
}

/// What stands behind the options of a command.
pub(crate) fn after(command: &str) -> String {
    let mut text = String::from("Examples:\n");
    for (what, command) in of(command) {
        text.extend(["  ", what, ":\n    ", command, "\n"]);
    }
    text.push_str("\nExit status:\n");
    for (status, what) in EXIT_STATUS {
        // Writing to a string cannot fail.
        let _ = writeln!(text, "  {status:<3}  {what}");
    }
    text
}
