# makemigrations: begin (written by `cargo xtask hooks install`)
{command} || exit 1
# makemigrations: end
