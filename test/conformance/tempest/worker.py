"""Runs tests of the installed tempest and says what became of each, as lines of JSON.

Without arguments takes names of test classes from standard input, one a line, and answers with one line for each test and
{"done": NAME} after the last. With "list PACKAGE" prints the classes of a package with the ids of their tests.
"""

import json
import sys
import traceback
import types
import unittest

from tempest.lib.services.network import subnets_client


def main():
    # Tempest waits ten seconds before it deletes a subnet, for a slower server's sake: most of an hour in all.
    subnets_client.time = types.SimpleNamespace(sleep=lambda seconds: None)
    if sys.argv[1:2] == ["list"]:
        for name, ids in sorted(classes_of(sys.argv[2]).items()):
            say({"class": name, "tests": ids})
        return
    for line in sys.stdin:
        name = line.strip()
        unittest.defaultTestLoader.loadTestsFromName(name).run(Told())
        say({"done": name})


def classes_of(package):
    found = {}
    start = __import__(package, fromlist=["_"]).__path__[0]
    top = __import__("tempest").__path__[0] + "/.."
    for test in flat(unittest.TestLoader().discover(start, top_level_dir=top)):
        cls = type(test)
        found.setdefault(f"{cls.__module__}.{cls.__qualname__}", []).append(plain(test))
    return found


def flat(suite):
    for test in suite:
        if isinstance(test, unittest.TestSuite):
            yield from flat(test)
        else:
            yield test


def plain(test):
    """The id without the attributes that tempest writes behind it in brackets."""
    return test.id().split("[")[0]


def say(message):
    OUT.write(json.dumps(message) + "\n")
    OUT.flush()


class Told(unittest.TestResult):
    """Says each outcome at once; subtests and class fixtures come as tests of their own."""

    def tell(self, test, outcome, reason=""):
        say({"test": plain(test), "outcome": outcome, "reason": reason})

    def addSuccess(self, test, details=None):
        self.tell(test, "passed")

    def addSkip(self, test, reason=None, details=None):
        self.tell(test, "skipped", reason or text(details))

    def addFailure(self, test, err=None, details=None):
        self.tell(test, "failed", trace(err) if err else text(details))

    addError = addFailure
    addUnexpectedSuccess = addFailure

    def addExpectedFailure(self, test, err=None, details=None):
        self.tell(test, "passed")


def trace(err):
    return "".join(traceback.format_exception(*err))


def text(details):
    """What testtools attached, the traceback last and logs left out."""
    parts = sorted((details or {}).items(), key=lambda item: item[0].startswith("traceback"))
    return "\n".join(content.as_text() for name, content in parts if "logging" not in name)


# What tests print must not end up between our lines.
OUT = sys.stdout
sys.stdout = sys.stderr

if __name__ == "__main__":
    main()
