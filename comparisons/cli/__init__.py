"""The command `triptych`, a file a command. Each loads what it needs and no more."""

import codecs
import json
import os
import sys
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import click

from comparisons.cli.bench import bench
from comparisons.cli.check import check
from comparisons.cli.diff import diff
from comparisons.cli.explain import explain
from comparisons.cli.gradcheck import gradcheck
from comparisons.cli.identify import identify
from comparisons.cli.inspect import doctor, list_
from comparisons.cli.lessons import lesson, lessons
from comparisons.cli.options import BAD_INPUT, BROKEN, CANNOT_WRITE, CLOSED_PIPE, INTERRUPTED, end
from comparisons.cli.plot import plot
from comparisons.cli.port import port
from comparisons.cli.report import report
from comparisons.cli.results import results
from comparisons.cli.run import run
from comparisons.cli.schedule import schedule
from comparisons.cli.sweep import sweep


class PipeClosed(Exception):
    """Nobody reads on: `triptych run | head`. A BrokenPipeError by another name, for click and rich end that with 1."""


def main() -> None:
    """Run the command line. Each error is a line, and an exit code."""
    _plain_streams()
    try:
        try:
            _run()
        finally:
            if sys.stdout is not None:
                sys.stdout.flush()  # now, while an error can be told
    except (PipeClosed, BrokenPipeError):
        _write_no_more()
        sys.exit(CLOSED_PIPE)
    except OSError as error:  # standard output may be a file on a full disk
        _write_no_more()
        end(CANNOT_WRITE, f"cannot go on: {error}")


def _plain_streams() -> None:
    """Let the streams write out what they cannot encode."""
    codecs.register_error("triptych", _as_json)
    for stream in (sys.stdout, sys.stderr):
        if stream is not None:
            stream.reconfigure(errors="triptych")  # type: ignore[union-attr]  # they are of text


def _as_json(error: UnicodeError) -> tuple[str, int]:
    """What an ASCII terminal cannot show, as JSON has it: \\u2013. It may stand in JSON."""
    assert isinstance(error, UnicodeEncodeError)
    return json.dumps(error.object[error.start : error.end])[1:-1], error.end


def _run() -> None:
    try:
        triptych(prog_name="triptych", standalone_mode=False)
    except click.UsageError as error:
        command = error.ctx.command_path if error.ctx else "triptych"
        end(BAD_INPUT, f"{error.format_message()} ('{command} --help' shows what there is)")
    except click.Abort:
        end(INTERRUPTED, "interrupted")
    except MemoryError:
        end(BAD_INPUT, "there is not enough memory for that; ask for less: fewer seeds, samples, units or steps")
    except (PipeClosed, OSError):
        raise
    except Exception:  # Python would end with 1, which says that a framework has changed
        traceback.print_exc()
        end(BROKEN, "this is a mistake in triptych; what it wrote above tells where")


def _write_no_more() -> None:
    """Let what is still to be written to standard output go nowhere: writing it at the end would be an error again."""
    if sys.stdout is not None:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


@contextmanager
def _closed_pipe_named() -> Iterator[None]:
    try:
        yield
    except BrokenPipeError as error:
        raise PipeClosed from error
    except SystemExit as error:
        if isinstance(error.__context__, BrokenPipeError):  # rich's
            raise PipeClosed from error
        raise


class Commands(click.Group):
    """A group that tells `main` of a closed pipe."""

    def make_context(self, *args: Any, **extra: Any) -> click.Context:
        """Read the arguments; --help is printed here."""
        with _closed_pipe_named():
            return super().make_context(*args, **extra)

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command."""
        with _closed_pipe_named():
            return super().invoke(ctx)


@click.group(cls=Commands, invoke_without_command=True, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="triptych")
@click.pass_context
def triptych(context: click.Context) -> None:
    """One training task in NumPy, PyTorch and TensorFlow/Keras, laid side by side."""
    if context.invoked_subcommand is None:
        click.echo(context.get_help())


for command in (
    run,
    results,
    report,
    plot,
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
