"""The command `triptych`, a file a command. Each loads what it needs and no more."""

import traceback

import click

from comparisons.cli.bench import bench
from comparisons.cli.check import check
from comparisons.cli.diff import diff
from comparisons.cli.explain import explain
from comparisons.cli.gradcheck import gradcheck
from comparisons.cli.identify import identify
from comparisons.cli.inspect import doctor, list_
from comparisons.cli.lessons import lesson, lessons
from comparisons.cli.options import BAD_INPUT, BROKEN, CANNOT_WRITE, INTERRUPTED, end
from comparisons.cli.port import port
from comparisons.cli.results import results
from comparisons.cli.run import run
from comparisons.cli.schedule import schedule
from comparisons.cli.sweep import sweep


def main() -> None:
    """Run the command line. Each error is a line, and an exit code."""
    try:
        triptych(prog_name="triptych", standalone_mode=False)
    except click.UsageError as error:
        command = error.ctx.command_path if error.ctx else "triptych"
        end(BAD_INPUT, f"{error.format_message()} ('{command} --help' shows what there is)")
    except click.Abort:
        end(INTERRUPTED, "interrupted")
    except OSError as error:  # standard output may be a file on a full disk
        end(CANNOT_WRITE, f"cannot go on: {error}")
    except Exception:  # Python would end with 1, which says that a framework has changed
        traceback.print_exc()
        end(BROKEN, "this is a mistake in triptych; what it wrote above tells where")


@click.group(invoke_without_command=True, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="triptych")
@click.pass_context
def triptych(context: click.Context) -> None:
    """One training task in NumPy, PyTorch and TensorFlow/Keras, laid side by side."""
    if context.invoked_subcommand is None:
        click.echo(context.get_help())


for command in (
    run,
    results,
    sweep,
    port,
    schedule,
    explain,
    identify,
    diff,
    gradcheck,
    check,
    lessons,
    lesson,
    list_,
    doctor,
    bench,
):
    triptych.add_command(command)
