"""Options for the parameters of the chain: one for each that is declared, or a file with all of them."""

import argparse
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from bye_splits.config import Config
from bye_splits.errors import ByeSplitsError

if TYPE_CHECKING:
    from bye_splits.chain import ChainParameters

BOTH = "both"
THE_TWO = ("default", "coarse_seeding")  # chains that `BOTH` stands for


def _number_or(kind: type, none: str) -> Callable[[str], Any]:
    """Converter of a number, or of the word for None."""
    word = none.replace(" ", "-")

    def number(text: str) -> Any:
        if text in (word, none):
            return None
        try:
            return kind(text)
        except ValueError:
            raise argparse.ArgumentTypeError(f"expected a number or {word}, found {text!r}") from None

    return number


def add_parameters(command: argparse.ArgumentParser, several: bool = False) -> None:
    """Add `--parameters`, and an option for each declared parameter of the chain.

    A parameter that is not given has no attribute.

    Parameters
    ----------
    several : whether the chain may be `BOTH`
    """
    from bye_splits.chain.parameters import DECLARED

    command.add_argument(
        "--parameters",
        metavar="P.yaml|P.py",
        help="file with the chain's parameters, in place of single ones; with .py a CMSSW configuration",
    )
    single = command.add_argument_group("single parameters", argument_default=argparse.SUPPRESS)
    for name, declaration in DECLARED.items():
        if not declaration.option:
            continue
        option = f"--{name.replace('_', '-')}"
        settings: dict[str, Any] = {"help": declaration.meaning}
        if declaration.kind is bool:
            single.add_argument(option, action="store_true", **settings)
            continue
        if declaration.choices:
            choices = declaration.choices
            if several and name == "chain":
                settings["choices"] = choices = [*choices, BOTH]
            settings["metavar"] = "|".join(choices)
        elif declaration.none:
            settings["metavar"] = f"{name[0].upper()}|{declaration.none.replace(' ', '-')}"
            settings["type"] = _number_or(declaration.kind, declaration.none)
        else:
            settings |= {"metavar": "N", "type": declaration.kind}
        single.add_argument(option, **settings)


def chosen_parameters(
    options: argparse.Namespace, config: Config, command: str
) -> tuple["ChainParameters", ...]:
    """The parameters of the options, of each chain if the chain is `BOTH`.

    Parameters
    ----------
    config : gives what the options leave open
    command : whose options they are, for the error

    Raises
    ------
    ByeSplitsError : a file and single parameters are given, or the file is invalid
    ChainError : an invalid value
    """
    from bye_splits.chain import ChainParameters
    from bye_splits.chain.parameters import DECLARED

    changes = {name: getattr(options, name) for name in DECLARED if hasattr(options, name)}
    if options.parameters is not None:
        if changes:
            raise ByeSplitsError(
                f"options of {command}",
                expected="either --parameters or single ones",
                found=f"--parameters and {', '.join('--' + name.replace('_', '-') for name in changes)}",
                action="Leave one or the other out.",
            )
        return (ChainParameters.from_file(options.parameters, config),)
    names: Sequence[str | None] = THE_TWO if changes.get("chain") == BOTH else [None]
    return tuple(
        ChainParameters.from_config(config, **changes | ({"chain": name} if name else {})) for name in names
    )
