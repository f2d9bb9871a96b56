//! What can be wrong with the lock file itself. It must not touch the migrations.

use makemigrations_tests::merged::{LOCK, Merged, sum};

use super::{fails, passes, run, warns};

#[test]
fn lock_file() {
    run(vec![
        fails("a merged file's line removed", &["M014"], |m| {
            lines(m, |lines, first| drop(lines.remove(first)));
            m.check()
        }),
        fails("a merged migration's lines removed", &["M014"], |m| {
            let name = m.names().nth(1).unwrap().to_owned();
            lines(m, |lines, _| lines.retain(|line| !line.contains(&name)));
            m.check()
        }),
        fails("an own file's line removed", &["M005"], |m| {
            lines(m, |lines, _| drop(lines.pop()));
            m.check()
        }),
        fails("the own migration's lines removed", &["M005"], |m| {
            m.git(["checkout", "--quiet", "main", "--", LOCK]);
            m.check()
        }),
        fails("an older version of it", &["M005", "M014"], |m| {
            m.git(["checkout", "--quiet", "main~1", "--", LOCK]);
            m.check()
        }),
        fails("a line twice", &["M016"], |m| {
            lines(m, |lines, first| lines.insert(first, lines[first].clone()));
            m.check()
        }),
        fails("the last line twice", &["M016"], |m| {
            lines(m, |lines, _| lines.push(lines.last().unwrap().clone()));
            m.check()
        }),
        fails("a second line for a merged file with another sum", &["M016"], |m| {
            lines(m, |lines, first| {
                let line = lines[first].clone();
                lines.insert(first + 1, format!("{}{}", "0".repeat(64), &line[64..]));
            });
            m.check()
        }),
        fails("unsorted", &["M016"], |m| {
            lines(m, |lines, first| lines.swap(first, first + 1));
            m.check()
        }),
        fails("the own migration's lines first", &["M016"], |m| {
            lines(m, |lines, first| {
                let last = lines.pop().unwrap();
                lines.insert(first, last);
            });
            m.check()
        }),
        fails("upper-case digits", &["M016"], |m| {
            lines(m, |lines, first| {
                let line = &mut lines[first];
                *line = format!("{}{}", line[..64].to_uppercase(), &line[64..]);
            });
            m.check()
        }),
        fails("one blank between sum and name", &["M016", "M014"], |m| {
            lines(m, |lines, first| lines[first].replace_range(64..66, " "));
            m.check()
        }),
        fails("sha256sum's binary mark", &["M016", "M014"], |m| {
            lines(m, |lines, first| lines[first].replace_range(64..66, " *"));
            m.check()
        }),
        fails("a path with `./`", &["M016", "M014"], |m| {
            lines(m, |lines, first| lines[first].insert_str(66, "./"));
            m.check()
        }),
        fails("without its last newline", &["M016"], |m| {
            m.write(LOCK, m.read(LOCK).trim_end());
            m.check()
        }),
        fails("cut in the middle of the last line", &["M016", "M005"], |m| {
            let text = m.read(LOCK);
            m.write(LOCK, &text[..text.len() - 20]);
            m.check()
        }),
        fails("cut in half", &["M016", "M014", "M005"], |m| {
            let text = m.read(LOCK);
            m.write(LOCK, &text[..text.len() / 2]);
            m.check()
        }),
        fails("cut after its comments", &["M014", "M005"], |m| {
            lines(m, |lines, first| lines.truncate(first));
            m.check()
        }),
        fails("emptied", &["M016"], |m| {
            m.write(LOCK, "");
            m.check()
        }),
        fails("deleted", &["M016"], |m| {
            m.remove(LOCK);
            m.check()
        }),
        fails("deleted and committed", &["M016"], |m| {
            m.remove(LOCK);
            m.commit_all("no lock file");
            m.check()
        }),
        fails("a folder in its place", &["M016"], |m| {
            m.remove(LOCK);
            m.write(&format!("{LOCK}/up.sql"), "SELECT 1;\n");
            m.check()
        }),
        fails("another name", &["M016", "M020"], |m| {
            m.rename(LOCK, "migrations/Migrations.lock");
            m.check()
        }),
        fails("a byte order mark", &["M016"], |m| {
            m.write(LOCK, format!("\u{feff}{}", m.read(LOCK)));
            m.check()
        }),
        fails("lone carriage returns", &["M016"], |m| {
            lines(m, |lines, _| lines[0].push_str("\r\r"));
            m.check()
        }),
        fails("a blank line", &["M016"], |m| {
            lines(m, |lines, first| lines.insert(first, String::new()));
            m.check()
        }),
        fails("a blank at the end of a line", &["M014"], |m| {
            lines(m, |lines, first| lines[first].push(' '));
            m.check()
        }),
        fails("a comment of one's own", &["M016"], |m| {
            lines(m, |lines, _| lines.insert(1, "# please ignore the next line".to_owned()));
            m.check()
        }),
        fails("without its first line", &["M016"], |m| {
            lines(m, |lines, _| drop(lines.remove(0)));
            m.check()
        }),
        fails("another format version", &["M016"], |m| {
            m.replace(LOCK, "makemigrations lock 1", "makemigrations lock 2");
            m.check()
        }),
        fails("without its dialect", &["M014"], |m| {
            lines(m, |lines, _| lines.retain(|line| !line.starts_with("# dialect")));
            m.check()
        }),
        fails("bytes that are no text", &["M016"], |m| {
            m.append(LOCK, [0xff, 0xfe, b'\n']);
            m.check()
        }),
        fails("a line for a merged file that is not there", &["M014"], |m| {
            let name = m.names().next().unwrap().to_owned();
            lines(m, |lines, _| {
                let at = lines.iter().rposition(|line| line.contains(&name)).unwrap() + 1;
                lines.insert(at, format!("{}  {name}/zzz.sql", "0".repeat(64)));
            });
            m.check()
        }),
        fails("a merged file's name in upper case", &["M014", "M016"], |m| {
            let line =
                format!("{}  {}", sum(&m.read_bytes(&m.first("up.sql"))), &m.first("up.sql")["migrations/".len()..]);
            m.replace(LOCK, &line, &line.replace("up.sql", "UP.sql"));
            m.check()
        }),
        fails("a line for a hidden file", &["M016"], |m| {
            let name = m.names().next().unwrap().to_owned();
            m.write(&m.first(".hidden"), "x\n");
            lines(m, |lines, first| lines.insert(first, format!("{}  {name}/.hidden", sum(b"x\n"))));
            m.check()
        }),
        fails("lines for a migration that is not there", &["M006"], |m| {
            m.append(LOCK, format!("{}  2027-01-01-000000-0005_ghost/up.sql\n", "0".repeat(64)));
            m.check()
        }),
        fails("lines for an own file that is not there", &["M006"], |m| {
            let name = m.names().last().unwrap().to_owned();
            m.append(LOCK, format!("{}  {name}/zzz.sql\n", "0".repeat(64)));
            m.check()
        }),
        fails("conflict markers by hand", &["M016"], |m| {
            lines(m, |lines, first| {
                lines.insert(first, "<<<<<<< HEAD".to_owned());
                lines.push("=======".to_owned());
                lines.push(">>>>>>> main".to_owned());
            });
            m.check()
        }),
        fails("conflict markers that are committed", &["M016", "M008"], |m| {
            conflict(m, &[]);
            m.commit_all("merge");
            m.check()
        }),
        fails("a conflict in the middle of a merge", &["M016", "M008"], |m| {
            conflict(m, &[]);
            m.check()
        }),
        fails("a conflict resolved as ours", &["M014"], |m| {
            conflict(m, &["--strategy-option=ours"]);
            m.check()
        }),
        fails("a conflict resolved by keeping both sides", &["M008"], |m| {
            conflict(m, &[]);
            m.git(["checkout", "--quiet", "--ours", "--", LOCK, "schema-snapshots"]);
            m.record();
            m.commit_all("merge");
            m.check()
        }),
        passes("CRLF", |m| {
            m.write(LOCK, m.read(LOCK).replace('\n', "\r\n"));
            m.check()
        }),
        passes("CRLF in some lines", |m| {
            m.write(LOCK, m.read(LOCK).replacen('\n', "\r\n", 3));
            m.check()
        }),
        passes("written anew, the same", |m| {
            let text = m.read(LOCK);
            m.remove(LOCK);
            m.write(LOCK, &text);
            m.record();
            assert_eq!(m.read(LOCK), text);
            m.check()
        }),
        warns("an override of a migration that is not merged", &["M014"], |m| {
            m.declare(&format!("# override {} a reason", m.names().last().unwrap()));
            m.check()
        }),
    ]);
}

/// Changes the lines of the lock file, of which the first that is no comment has this index.
fn lines(m: &Merged, change: impl FnOnce(&mut Vec<String>, usize)) {
    let mut lines: Vec<String> = m.read(LOCK).lines().map(str::to_owned).collect();
    let first = lines.iter().position(|line| !line.starts_with('#')).unwrap();
    change(&mut lines, first);
    m.write(LOCK, lines.join("\n") + "\n");
}

/// Merges `main`, which has got a migration of its own in the meantime.
fn conflict(m: &Merged, options: &[&str]) {
    m.checkout("main");
    m.columns_on_main("urgent = { type = \"boolean\", nullable = true }\n");
    m.tool(&["makemigrations", "--no-input"]);
    m.commit_all("urgent");
    m.push_main();
    m.checkout("feature");
    let merge = m.try_git([&["merge", "--quiet", "--no-edit"], options, &["main"]].concat());
    assert!(options.is_empty() == (merge.code == Some(1)), "{merge:?}");
}
