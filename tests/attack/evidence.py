"""Evidence: forged, replayed, oversized, of the wrong kind, stolen from a neighbour."""

from tests.attack.table import Attack
from tests.autograder.edits import sending

_HEADER = """
import json
def packed(header, data=b""):
    text = header if isinstance(header, bytes) else json.dumps(header).encode()
    return base64.b64encode(len(text).to_bytes(8, "little") + text + data).decode()
"""


def _sent(tries: str, *lines: str, after: str = "") -> Attack:
    """Return an attack whose check runs these lines in turn, with `send`, `raw` and `packed`."""
    body = "; ".join(lines)
    return Attack(tries, _HEADER + sending(body), after)


_FLOATS = {"dtype": "F32", "shape": [5], "data_offsets": [0, 20]}

ATTACKS = {
    "evidence-empty": _sent(
        "Evidence holds arrays without elements.", "send(raw(y=np.zeros((0,), np.float32)))"
    ),
    "evidence-of-no-shape": _sent(
        "A scalar stands for every number.", "send(raw(y=np.float32(0).reshape(())))"
    ),
    "evidence-broadcast": _sent(
        "One row is to agree with many.", "send(raw(y=np.zeros((1, 5), np.float32)))"
    ),
    "evidence-nan": _sent(
        "NaN is never larger than a tolerance.", "send(raw(y=np.full(5, np.nan, np.float32)))"
    ),
    "evidence-infinite": _sent(
        "Infinity minus infinity is no number.", "send(raw(y=np.full(5, np.inf, np.float32)))"
    ),
    "evidence-of-booleans": _sent(
        "True stands for what is right.", "send(raw(y=np.ones(5, bool)))"
    ),
    "evidence-oversized": _sent("Evidence of 100 MB is sent.", "send('A' * 100_000_000)"),
    "evidence-many-arrays": _sent(
        "100,000 arrays are sent.", "send(raw(**{f'y{n}': np.zeros(1) for n in range(9_000)}))"
    ),
    "evidence-pickled": _sent(
        "A pickle runs code where it is read.",
        "send(base64.b64encode(pickle.dumps(print)).decode())",
    ),
    "evidence-no-text": _sent(
        "Evidence is a list, a number, an object.", "send([1])", "send(3)", "send({'a': None})"
    ),
    "evidence-twice": _sent(
        "Two guesses are sent, one may be right.",
        "send(raw(y=np.ones(5, np.float32)))",
        "send(raw(y=np.zeros(5, np.float32)))",
    ),
    "evidence-of-another-check": _sent(
        "What answers another check is sent for this one.", "_real('triple', lambda x: 0 * x)"
    ),
    "evidence-with-a-second": _sent(
        "The answer to a second probe comes along unasked.",
        "send(raw(y=np.zeros(5, np.float32), again=np.zeros(5, np.float32), second_error=np.zeros(5, np.uint8)))",
    ),
    "evidence-in-a-damaged-header": _sent(
        "The header's length is larger than any file.",
        "send(base64.b64encode(b'\\xff' * 8 + b'{}').decode())",
    ),
    "evidence-of-endless-shape": _sent(
        "A shape of 2**63 rows has no bytes.",
        "send(packed({'y': {'dtype': 'F32', 'shape': [2**63, 0], 'data_offsets': [0, 0]}}))",
    ),
    "evidence-overlapping": _sent(
        "Two arrays share their bytes, one name appears twice.",
        f"send(packed(json.dumps({{'y': {_FLOATS}}}).encode()[:-1] + b', \"y\": ' + json.dumps({_FLOATS}).encode() + b'}}', bytes(20)))",
    ),
    "evidence-deep": _sent("The header is nested 100,000 deep.", "send(packed(b'[' * 100_000))"),
    "evidence-with-another-type": _sent(
        "The MIME type is spelled otherwise, with parameters, in other messages.",
        "display({MIME + '; charset=utf-8': raw(y=np.zeros(5, np.float32)), MIME.upper(): 'AAAA'}, raw=True)",
    ),
    "evidence-replayed": _sent(
        "Evidence for the public probe, which everybody has, is sent for the fresh one.",
        "import tandem.checks",
        "probe, _ = tandem.checks.find_lab('toy').checks['double'].public()",
        "send(raw(y=2 * probe['x']))",
    ),
    "evidence-rewritten": _sent(
        "What was sent is changed by a later cell.",
        "send(raw(y=np.zeros(5, np.float32)), display_id='mine')",
        after="send(raw(y=np.ones(5, np.float32)), display_id='mine', update=True)",
    ),
    "evidence-stolen": _sent(
        "A neighbour's evidence is looked for wherever a kernel could have left it.",
        "import glob, re",
        "found = [p for d in ('/tmp', '/dev/shm', '/run', HONEST) for p in glob.glob(d + '/**', recursive=True) if 'evidence' in p or p.endswith('.ipynb')]",
        "print(found)",
        "[send(open(p).read()) for p in found[:1]]",
    ),
    "evidence-as-a-command": _sent(
        "Names and errors hold scripts, colours of a terminal and marks of direction.",
        "text = '<script>bad()</script><img src=x onerror=bad()>\\x1b[31m\\u202e' + '\\ud800'",
        "send(raw(error=np.frombuffer(text.encode('utf-8', 'surrogatepass'), np.uint8)))",
    ),
}
