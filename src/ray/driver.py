"""Runs the shards of one run as tasks of Ray, and tells on stdout what happens: a JSON object a line.

It is started as a Ray job, in the folder with the program. What to run is in LAZYDEBUGGER_RUN.
"""

import base64
import ctypes
import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time

import ray
from ray.exceptions import ObjectStoreFullError, OutOfDiskError, OutOfMemoryError
from ray.util.scheduling_strategies import NodeAffinitySchedulingStrategy

ASKED = json.loads(os.environ["LAZYDEBUGGER_RUN"])
# Bytes of a part in a line: whole groups of three, so that no line but the last is padded.
PIECE = 48 * 1024
# How often it is told what goes on, in seconds.
PACE = 0.25
# A job without a word for longer is looked after.
BEAT = 2.0


def say(what, **more):
    print(json.dumps({"say": what, **more}, separators=(",", ":")), flush=True)


class ProgramKilled(Exception):
    """The program was killed: by the system, for want of memory, or by somebody. Tried again."""


class ProgramFailed(Exception):
    """The program said why it cannot do this shard; another machine would say the same."""


class Heard:
    """What tasks tell, on the machine of this script, until it is fetched."""

    def __init__(self):
        self.told = []

    def tell(self, told):
        self.told.extend(told)

    def take(self):
        told, self.told = self.told, []
        return told


def end_with_parent():
    # Whoever kills a worker of Ray must not leave the program behind.
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(1, signal.SIGKILL)


def run_shard(asked, shard, cpus, heard):
    """Runs the program on one shard; the bytes of its part, or None where that lies in a shared folder."""
    node = ray.get_runtime_context().get_node_id()
    machine = socket.gethostname()
    heard.tell.remote([{"say": "shard", "shard": shard, "machine": machine, "node": node}])
    # Its package is unpacked where Python looks for modules.
    places = [os.path.join(folder, asked["program"]) for folder in sys.path]
    program = next((place for place in places if os.path.isfile(place)), None)
    if program is None:
        raise ProgramFailed(f"Ray has not unpacked the program on {machine}")
    folder = asked["folder"]
    if folder is not None and not os.path.isdir(folder):
        raise ProgramFailed(
            f"{machine} has no folder {folder}: it must see the files of the experiment at the same paths, "
            "as on a shared file system"
        )
    with tempfile.TemporaryDirectory() as scratch:
        part = os.path.join(asked["parts"] or scratch, f"part-{shard}.lzd")
        command = [program, "run", "--shard", f"{shard}/{asked['of']}", "--output", part]
        command += ["--trace", "-", "--no-history"]
        if asked["sets_threads"]:
            command += ["--threads", str(cpus)]
        command += asked["arguments"]
        with open(os.path.join(scratch, "stderr"), "w+b") as errors:
            try:
                os.chmod(program, 0o755)
            except OSError:
                pass  # It may be another's, and run all the same.
            try:
                child = subprocess.Popen(
                    command,
                    cwd=folder,
                    stdin=subprocess.DEVNULL,
                    stdout=subprocess.PIPE,
                    stderr=errors,
                    preexec_fn=end_with_parent,
                )
            except OSError as error:
                raise ProgramFailed(f"the program does not start on {machine}: {error}")
            follow(child, asked["kinds"], shard, heard)
            code = child.wait()
            errors.seek(0)
            words = errors.read().decode("utf-8", "replace").strip()[-4000:]
        if code < 0:
            raise ProgramKilled(f"the program was killed on {machine} by signal {-code}")
        if code != 0:
            raise ProgramFailed(f"{words or 'no word'} (on {machine}, exit code {code})")
        if asked["parts"] is not None:
            return None
        size = os.path.getsize(part)
        if size > asked["most_bytes"]:
            raise ProgramFailed(
                f"its part has {size} bytes, and {asked['most_bytes']} of a shard are sent at most: name with "
                "--parts a folder that all workers see"
            )
        with open(part, "rb") as file:
            return file.read()


def follow(child, kinds, shard, heard):
    """Passes on what the program tells, until it ends."""
    lines = []
    is_over = threading.Event()

    def read():
        for line in child.stdout:
            # The kind stands near the beginning; what nobody wants is not even parsed.
            kind = line[:160].partition(b'"kind":"')[2].partition(b'"')[0].decode("utf-8", "replace")
            if kind in kinds:
                lines.append(line)
        is_over.set()

    reader = threading.Thread(target=read, daemon=True)
    reader.start()
    while True:
        ended = is_over.wait(PACE)
        count = len(lines)
        told = [{"say": "event", "shard": shard, "event": json.loads(line)} for line in lines[:count]]
        del lines[:count]
        if told:
            # Waited for, so that nothing is told of a shard after its end.
            ray.get(heard.tell.remote(told))
        if ended:
            return


class Lanes:
    """Which worker is at which shard: of each machine, the first that is free."""

    def __init__(self, cpus):
        self.cpus = cpus
        self.numbers = {}  # (node, place) -> the number of the worker
        self.at = {}  # shard -> (node, place)
        self.machines = {}  # shard -> name of the machine

    def are_taken(self, node):
        """Is there a shard on each lane of a node?"""
        all_nodes = {n["NodeID"]: n["Resources"].get("CPU", 0) for n in ray.nodes()}
        lanes = max(int(all_nodes.get(node, 0)) // self.cpus, 1)
        return len(self.shards_of(node)) >= lanes

    def shards_of(self, node):
        return [shard for shard, (its, _) in self.at.items() if its == node]

    def begin(self, shard, node, machine):
        lost = self.end(shard)
        if lost is not None:
            is_alive = any(n["Alive"] for n in ray.nodes() if n["NodeID"] == lost[0])
            was = self.machines[shard]
            why = f"its process on {was} was killed" if is_alive else f"{was} is lost"
            say("lost", shard=shard, why=why)
        taken = set(self.at.values())
        place = next(place for place in range(len(taken) + 1) if (node, place) not in taken)
        lane = (node, place)
        self.numbers.setdefault(lane, len(self.numbers) + 1)
        self.at[shard] = lane
        self.machines[shard] = machine
        say("shard", shard=shard, machine=machine, worker=self.numbers[lane])

    def end(self, shard):
        return self.at.pop(shard, None)


def capacity(workers):
    """How many shards at a time, and how many processors each has."""
    nodes = [int(n["Resources"].get("CPU", 0)) for n in ray.nodes() if n["Alive"]]
    nodes = [cpus for cpus in nodes if cpus > 0]
    if not nodes:
        return 0, 1
    if workers is None:
        return len(nodes), min(nodes)
    for cpus in range(max(nodes), 0, -1):
        if sum(node // cpus for node in nodes) >= workers:
            return workers, cpus
    return sum(nodes), 1


def why_failed(error):
    """What kind of failure it is, and in what words."""
    cause = getattr(error, "cause", None) or error
    if isinstance(cause, ProgramFailed):
        return "program", str(cause)
    if isinstance(cause, ProgramKilled):
        return "killed", str(cause)
    if isinstance(cause, (ObjectStoreFullError, OutOfDiskError)):
        return "full", str(cause).strip().splitlines()[0]
    if isinstance(cause, OutOfMemoryError):
        return "killed", "Ray killed the worker, since its machine was short of memory"
    words = str(cause).strip().splitlines()
    return "lost", words[0] if words else type(cause).__name__


def send(shard, part):
    """A part as lines."""
    for at in range(0, len(part), PIECE):
        say("piece", shard=shard, base64=base64.b64encode(part[at : at + PIECE]).decode("ascii"))


def main():
    ray.init(address="auto", log_to_driver=False, logging_level="ERROR")
    here = ray.get_runtime_context().get_node_id()
    at_a_time, cpus = capacity(ASKED["workers"])
    say("begun", workers=at_a_time, cpus=cpus, ray=ray.__version__)
    stay = NodeAffinitySchedulingStrategy(node_id=here, soft=False)
    heard = ray.remote(Heard).options(num_cpus=0, scheduling_strategy=stay).remote()
    task = ray.remote(run_shard).options(
        num_cpus=cpus,
        scheduling_strategy="SPREAD",
        max_retries=ASKED["retries"],
        retry_exceptions=[ProgramKilled],
    )
    lanes = Lanes(cpus)
    waiting = list(ASKED["shards"])
    running = {}  # the result to come -> its shard
    has_failed = False
    last = time.monotonic()

    def settle(ref):
        nonlocal has_failed
        shard = running.pop(ref)
        try:
            part = ray.get(ref)
        except Exception as error:
            kind, words = why_failed(error)
            say("failed", shard=shard, why=kind, words=words)
            has_failed = True
            if kind == "program":
                waiting.clear()
                for other in running:
                    ray.cancel(other, force=True)
                running.clear()
        else:
            if part is not None:
                send(shard, part)
            say("done", shard=shard)
        lanes.end(shard)

    while waiting or running:
        while waiting and len(running) < max(at_a_time, 1):
            shard = waiting.pop(0)
            running[task.remote(ASKED, shard, cpus, heard)] = shard
        done, _ = ray.wait(list(running), timeout=PACE)
        for told in ray.get(heard.take.remote()):
            last = time.monotonic()
            if told["say"] != "shard":
                print(json.dumps(told, separators=(",", ":")), flush=True)
                continue
            if lanes.are_taken(told["node"]):
                # One that was there has ended, and is to have its end told first.
                there = lanes.shards_of(told["node"])
                ended = [ref for ref, shard in running.items() if shard in there]
                for ref in ray.wait(ended, timeout=PACE)[0] if ended else []:
                    settle(ref)
            lanes.begin(told["shard"], told["node"], told["machine"])
        for ref in done:
            if ref in running:
                settle(ref)
        if time.monotonic() - last > BEAT:
            last = time.monotonic()
            say("beat")
    say("end")
    return 1 if has_failed else 0


if __name__ == "__main__":
    sys.exit(main())
