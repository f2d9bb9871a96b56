//! Fails the build when a migration does not match `migrations.lock`, and watches the folder for new ones.

fn main() {
    makemigrations_gate::build_script();
}
