"""Commands: what people type."""

import argparse

from orchard import planner, report
from orchard.settings import load_settings


def main(arguments=None):
    parser = argparse.ArgumentParser(prog="orchard")
    parser.add_argument("--config", default="orchard.toml")
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("plan")
    commands.add_parser("report").add_argument("--weeks", type=int, default=1)
    options = parser.parse_args(arguments)
    settings = load_settings(options.config)
    if options.command == "plan":
        return show_plan(settings)
    return show_report(settings, options.weeks)


def show_plan(settings):
    for slot in planner.make_plan(settings):
        print(slot.describe())
    return 0


def show_report(settings, weeks):
    print(report.as_text(report.collect(settings, weeks)))
    return 0
