//! Ctrl-C: the process ends through `main`, with its own exit code. Must not know what was running.
//!
//! What was running needs no farewell: locks and unfinished transactions die with the process, and the next command
//! removes unfinished folders. Only a scratch database on a server would stay, and is dropped.

use std::{
    io::{IsTerminal, Write},
    process::ExitCode,
    sync::{
        atomic::{AtomicBool, Ordering},
        mpsc,
    },
    thread,
};

use makemigrations_run::Scratch;

use crate::exit_code;

/// Whether the process is ending because of Ctrl-C.
static INTERRUPTED: AtomicBool = AtomicBool::new(false);

/// Whether the process is ending because of Ctrl-C: what fails now fails because of that, and is not worth a word.
pub(crate) fn is_ending() -> bool {
    INTERRUPTED.load(Ordering::SeqCst)
}

/// As much as a main thread has: snapshots and SQL may be nested deeply.
const STACK_BYTES: usize = 8 << 20;

/// Runs `work` on another thread, until it ends or Ctrl-C is pressed.
pub(crate) fn watch(work: impl FnOnce() -> ExitCode + Send + 'static) -> ExitCode {
    let (sender, receiver) = mpsc::channel();
    let (interrupted, removed) = (sender.clone(), sender.clone());
    // Without a handler Ctrl-C ends the process as well, only without the exit code.
    ctrlc::set_handler(move || interrupted.send(None).unwrap_or_default()).ok();
    let worker = thread::Builder::new().stack_size(STACK_BYTES).spawn(move || {
        let code = work();
        // Nobody waits any more after Ctrl-C.
        sender.send(Some(code)).unwrap_or_default();
    });
    let Ok(worker) = worker else { return ExitCode::FAILURE };
    match receiver.recv() {
        Ok(Some(code)) => code,
        Ok(None) => {
            INTERRUPTED.store(true, Ordering::SeqCst);
            show_cursor();
            thread::spawn(move || {
                Scratch::remove_all();
                removed.send(None).unwrap_or_default();
            });
            // Ctrl-C once more does not wait for a server that takes its time.
            while let Ok(Some(_)) = receiver.recv() {}
            ExitCode::from(exit_code::INTERRUPTED)
        }
        // Only a panic drops the sender before it has sent; it has said why.
        Err(_) => match worker.join() {
            Ok(()) => ExitCode::FAILURE,
            Err(panic) => std::panic::resume_unwind(panic),
        },
    }
}

/// A question or a progress bar that was on the screen has hidden it.
fn show_cursor() {
    let mut stderr = std::io::stderr();
    if stderr.is_terminal() {
        drop(stderr.write_all(b"\x1b[?25h\n"));
    }
}
