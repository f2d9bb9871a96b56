//! Line ends and encodings: CRLF for LF is the same file, everything else is an edit. It must not change what the text
//! says.

use makemigrations_tests::merged::{LOCK, Merged};

use super::{fails, passes, run};

#[test]
fn line_ends() {
    run(vec![
        passes("a checkout with core.autocrlf", |m| {
            let clone = m.clone_feature(&["--config", "core.autocrlf=true"]);
            assert!(clone.read(&m.first("up.sql")).contains("\r\n"));
            assert!(clone.read(LOCK).contains("\r\n"));
            m.check().inside(&clone)
        }),
        passes("a checkout with eol=crlf", |m| {
            m.write(".gitattributes", "* text eol=crlf\n");
            m.commit_all("attributes");
            let clone = m.clone_feature(&[]);
            assert!(clone.read(&m.first("up.sql")).contains("\r\n"));
            m.check().inside(&clone)
        }),
        passes("CRLF in all files", |m| {
            for file in m.files() {
                m.write(&file, m.read(&file).replace('\n', "\r\n"));
            }
            m.check()
        }),
        passes("CRLF in all files, committed as it is", |m| {
            for file in m.files() {
                m.write(&file, m.read(&file).replace('\n', "\r\n"));
            }
            m.commit_all("line ends");
            m.check()
        }),
        passes("CRLF in some lines", |m| {
            m.write(&m.first("up.sql"), m.read(&m.first("up.sql")).replacen('\n', "\r\n", 2));
            m.check()
        }),
        passes("CRLF in the index", |m| {
            m.write(&m.first("up.sql"), m.read(&m.first("up.sql")).replace('\n', "\r\n"));
            m.git(["add", "--all"]);
            m.check().staged()
        }),
        passes("CRLF on main, LF here", |m| {
            m.checkout("main");
            for file in m.files() {
                m.write(&file, m.read(&file).replace('\n', "\r\n"));
            }
            m.commit_all("line ends");
            m.push_main();
            m.git(["checkout", "--quiet", "-B", "feature"]);
            for file in m.files() {
                m.write(&file, m.read(&file).replace("\r\n", "\n"));
            }
            m.commit_all("line ends back");
            m.check()
        }),
        passes("attributes that normalise line ends", |m| {
            m.write(".gitattributes", "*.sql text eol=lf\n*.toml text eol=lf\n*.lock text eol=lf\n");
            m.commit_all("attributes");
            m.check()
        }),
        fails("CRLF and an edit", &["M001"], |m| {
            for file in m.files() {
                m.write(&file, m.read(&file).replace('\n', "\r\n"));
            }
            m.append(&m.first("up.sql"), "-- edited\r\n");
            m.check()
        }),
        fails("CRLF by core.autocrlf and an edit in the index", &["M001"], |m| {
            m.config("core.autocrlf", "true");
            m.append(&m.first("up.sql"), "-- edited\r\n");
            m.git(["add", "--all"]);
            m.check().staged()
        }),
        edited("lone carriage returns", |text| text.replace('\n', "\r")),
        edited("one lone carriage return", |text| text.replacen('\n', "\r", 1)),
        edited("a carriage return more", |text| text.replacen('\n', "\r\r\n", 1)),
        edited("a carriage return after the end", |text| format!("{text}\r")),
        edited("LF and CR the other way round", |text| text.replace('\n', "\n\r")),
        edited("the last newline removed", |text| text.trim_end().to_owned()),
        edited("a newline more at the end", |text| format!("{text}\n")),
        edited("a newline more at the start", |text| format!("\n{text}")),
        edited("a byte order mark", |text| format!("\u{feff}{text}")),
        edited("a byte order mark and CRLF", |text| format!("\u{feff}{}", text.replace('\n', "\r\n"))),
        edited("a line separator of Unicode", |text| text.replacen('\n', "\u{2028}", 1)),
        edited("blanks that do not break", |text| text.replacen(' ', "\u{a0}", 1)),
        edited("letters that look alike", |text| text.replacen('e', "\u{435}", 1)),
        edited("tabs", |text| text.replacen("    ", "\t", 1)),
        fails("UTF-16", &["M001"], |m| {
            let text = m.read(&m.first("up.sql"));
            let bytes: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
            m.write(&m.first("up.sql"), bytes);
            m.check()
        }),
        fails("UTF-16 in the work tree only", &["M001"], |m| {
            m.write(".git/info/attributes", "up.sql working-tree-encoding=UTF-16LE\n");
            m.remove(&m.first("up.sql"));
            m.git(["checkout", "--quiet", "--", &m.first("up.sql")]);
            m.check()
        }),
    ]);
}

/// A merged `up.sql` changed like this.
fn edited(name: &'static str, change: fn(&str) -> String) -> super::Case {
    fails(name, &["M001"], move |m: &Merged| {
        let text = m.read(&m.first("up.sql"));
        let changed = change(&text);
        assert_ne!(text, changed);
        m.write(&m.first("up.sql"), changed);
        m.check()
    })
}
