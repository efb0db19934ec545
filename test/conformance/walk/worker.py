"""The openstack command, many times over in one process: reads argument lists, answers exit codes and output, as lines of JSON."""

import io
import json
import os
import sys

from openstackclient import shell

OUT = os.fdopen(os.dup(1), "w")


def run(words):
    out, err = io.StringIO(), io.StringIO()
    sys.stdout, sys.stderr = out, err
    try:
        code = shell.OpenStackShell().run(words)
    except SystemExit as end:
        code = end.code
    except BaseException as error:  # the shell's own main would print and fail
        code = 1
        err.write(f"{type(error).__name__}: {error}")
    finally:
        sys.stdout, sys.stderr = sys.__stdout__, sys.__stderr__
    return {"code": code or 0, "out": out.getvalue(), "err": err.getvalue()}


for line in sys.stdin:
    OUT.write(json.dumps(run(json.loads(line))) + "\n")
    OUT.flush()
