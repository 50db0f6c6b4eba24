"""Make the two environments from their hashed locks. Runs on a bare Python, so it imports
nothing that is not in the standard library, and it is written so that an old Python can at
least read it and say what is wrong.

    python3.11 local/bootstrap.py [--with-dev]
"""

import hashlib
import os
import shutil
import subprocess
import sys
import time

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
WAREHOUSE = os.path.join(ROOT, ".venv")
SUPERSET = os.path.join(ROOT, ".venv-superset")
REQUIREMENTS = os.path.join(ROOT, "requirements")
NEEDED_GB = 4.0
# what pip and uv say when they can't reach the package index
OFFLINE = (
    "failed to fetch",
    "error sending request",
    "could not connect",
    "failed to establish a new connection",
    "dns error",
    "could not find a version that satisfies",
)


def stop(problem, remedy):
    sys.stderr.write("%s\nRemedy: %s\n" % (problem, remedy))
    sys.exit(1)


def check():
    if sys.version_info[:2] != (3, 11):
        stop(
            "This is Python %d.%d; Afsprakenmonitor runs on Python 3.11." % sys.version_info[:2],
            "install python3.11 with venv, or name it: make PYTHON=/path/to/python3.11 up",
        )
    try:
        import ensurepip  # noqa: F401
        import venv  # noqa: F401
    except ImportError:
        stop("This Python has no venv.", "install it (Debian: apt-get install python3.11-venv)")
    free = shutil.disk_usage(ROOT).free / 1e9
    if not os.path.exists(SUPERSET) and free < NEEDED_GB:
        stop(
            "%.1f GB is free below %s; installing needs %.0f GB." % (free, ROOT, NEEDED_GB),
            "free some disk, or clone to a larger one",
        )


def digest(names):
    total = hashlib.sha256(sys.version.encode())
    for name in names:
        with open(os.path.join(REQUIREMENTS, name), "rb") as lock:
            total.update(lock.read())
    return total.hexdigest()


def is_ready(environment, names):
    try:
        with open(os.path.join(environment, ".ready")) as stamp:
            return stamp.read() == digest(names)
    except OSError:
        return False


def mark_ready(environment, names):
    with open(os.path.join(environment, ".ready"), "w") as stamp:
        stamp.write(digest(names))


def environment_variables():
    variables = dict(os.environ)
    state = variables.get("STATE_DIR", ".state")
    variables.pop("PYTHONDONTWRITEBYTECODE", None)  # compiled once here, not at every start
    variables.setdefault("UV_COMPILE_BYTECODE", "1")
    variables.setdefault("UV_CACHE_DIR", os.path.join(ROOT, state, "cache", "uv"))
    variables.setdefault("UV_NO_PROGRESS", "1")
    variables.setdefault("UV_PYTHON_DOWNLOADS", "never")
    return variables


def run(words, log):
    with open(log, "ab") as output:
        return subprocess.Popen(
            words, cwd=ROOT, env=environment_variables(), stdout=output, stderr=output
        )


def finish(process, what, log):
    if process.wait() == 0:
        return
    with open(log, "rb") as output:
        told = output.read()[-4000:].decode("utf-8", "replace").strip()
    if any(word in told.lower() for word in OFFLINE):
        stop(
            "%s could not be installed: the package index was not reached." % what,
            "check the network or the proxy (HTTPS_PROXY), then run this again; log: %s" % log,
        )
    if "no space left" in told.lower():
        stop("%s could not be installed: the disk is full." % what, "free some disk, run again")
    stop("%s could not be installed:\n%s" % (what, told), "see %s" % log)


def main(with_dev):
    check()
    locks = ["warehouse.txt"] + (["dev.txt"] if with_dev else [])
    # an environment that has the tools of the tests too is good for running
    has_dev = is_ready(WAREHOUSE, ["warehouse.txt", "dev.txt"])
    warehouse_ready = has_dev or is_ready(WAREHOUSE, locks)
    superset_ready = is_ready(SUPERSET, ["superset.txt"])
    if warehouse_ready and superset_ready:
        return
    started = time.time()
    state = os.path.join(ROOT, os.environ.get("STATE_DIR", ".state"))
    if not os.path.isdir(os.path.join(state, "logs")):
        os.makedirs(os.path.join(state, "logs"))
    log = os.path.join(state, "logs", "install.log")
    python = os.path.join(WAREHOUSE, "bin", "python")
    uv = os.path.join(WAREHOUSE, "bin", "uv")
    if not os.path.exists(uv):
        print("Installing the installer (uv) ...", flush=True)
        finish(
            run([sys.executable, "-m", "venv", "--clear", WAREHOUSE], log), "An environment", log
        )
        bootstrap = os.path.join(REQUIREMENTS, "bootstrap.txt")
        pip = [python, "-m", "pip", "install", "--quiet", "--no-cache-dir", "--retries", "2"]
        finish(run(pip + ["--require-hashes", "-r", bootstrap], log), "The installer (uv)", log)
    print("Installing Airflow, dbt and Great Expectations, and Superset ...", flush=True)
    running = []
    if not warehouse_ready:
        words = [uv, "pip", "sync", "--require-hashes", "--python", python]
        files = [os.path.join(REQUIREMENTS, name) for name in locks]
        running.append((run(words + files, log), "Airflow, dbt and Great Expectations"))
    if not superset_ready:
        if not os.path.exists(os.path.join(SUPERSET, "bin", "python")):
            made = run([uv, "venv", "--python", sys.executable, SUPERSET], log)
            finish(made, "Superset's environment", log)
        words = [uv, "pip", "sync", "--require-hashes"]
        words += ["--python", os.path.join(SUPERSET, "bin", "python")]
        lock = os.path.join(REQUIREMENTS, "superset.txt")
        running.append((run([*words, lock], log), "Superset"))
    for process, what in running:
        finish(process, what, log)
    words = [uv, "pip", "install", "--python", python, "--no-deps", "--no-build-isolation"]
    finish(run([*words, "--editable", ROOT], log), "Afsprakenmonitor itself", log)
    mark_ready(WAREHOUSE, locks)
    mark_ready(SUPERSET, ["superset.txt"])
    print("Installed in %d s." % round(time.time() - started), flush=True)


if __name__ == "__main__":
    main("--with-dev" in sys.argv[1:])
