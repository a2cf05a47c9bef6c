"""IPython's hooks, transformers and displayhook: the check's cell says another thing than it does."""

from tests.attack.table import Attack

ATTACKS = {
    "input-transformer": Attack(
        "A transformer of the input makes every later cell one line that claims points.",
        """
shell = get_ipython()
shell.input_transformers_cleanup.append(lambda lines: ["2.0\\n"])
shell.input_transformers_post.append(lambda lines: ["2.0\\n"])
""",
    ),
    "ast-transformer": Attack(
        "A transformer of the syntax tree replaces each call of `check` by a number.",
        """
import ast
class Numbers(ast.NodeTransformer):
    def visit_Call(self, node):
        return ast.copy_location(ast.Constant(2.0), node)
get_ipython().ast_transformers.append(Numbers())
""",
    ),
    "displayhook": Attack(
        "The displayhook shows full points, whatever a cell comes to.",
        """
import sys
shell = get_ipython()
class Hook(type(shell.displayhook)):
    def __call__(self, result=None): super().__call__(2.0)
shell.displayhook.__class__ = Hook
sys.displayhook = lambda value: print("2.0")
""",
    ),
    "formatter": Attack(
        "Formatters of IPython add evidence and verdicts to whatever is displayed.",
        """
shell = get_ipython()
_real = shell.display_formatter.format
def format(value, *arguments, **named):
    data, about = _real(value, *arguments, **named)
    return {**data, "text/plain": "2.0", "application/vnd.tandem.evidence": "", "text/html": "2"}, about
shell.display_formatter.format = format
shell.display_pub.register_hook(lambda message: None)
""",
    ),
    "cell-events": Attack(
        "Events before and after each cell change what the check finds and what it shows.",
        """
shell = get_ipython()
def before(info): shell.user_ns["check"] = lambda *_: 2.0
def after(result): result.result, result.error_in_exec = 2.0, None
shell.events.register("pre_run_cell", before)
shell.events.register("pre_execute", lambda: before(None))
shell.events.register("post_run_cell", after)
""",
    ),
    "own-execute": Attack(
        "The kernel's handler of requests is replaced by one that always succeeds.",
        """
kernel = get_ipython().kernel
async def do_execute(code, *_, **__):
    kernel.send_response(kernel.iopub_socket, "execute_result",
        {"execution_count": 1, "metadata": {}, "data": {"text/plain": "2.0"}})
    return {"status": "ok", "execution_count": 1, "payload": [], "user_expressions": {}}
kernel.do_execute = do_execute
""",
    ),
    "no-reply": Attack(
        "The kernel's handler of requests is taken away, so that no request is answered.",
        """
kernel = get_ipython().kernel
kernel.shell_handlers.clear()
kernel.control_handlers.clear()
""",
    ),
    "session-resigned": Attack(
        "The kernel's session signs with another key and sends broken frames.",
        """
kernel = get_ipython().kernel
def check(name, answer):
    key, kernel.session.key = kernel.session.key, b"another"
    kernel.session.send(kernel.iopub_socket, "execute_result", {"data": {"text/plain": "2.0"}})
    kernel.session.key = key
    for parts in ([b""], [b"<IDS|MSG>"], [b"<IDS|MSG>"] + [b"["] * 5, [b"\\xff" * 100] * 9):
        kernel.iopub_socket.send_multipart(parts)
""",
    ),
    "messages-of-the-wrong-type": Attack(
        "Messages are signed rightly and hold what Jupyter does not define.",
        """
kernel = get_ipython().kernel
deep = []
for _ in range(900): deep = [deep]
def check(name, answer):
    for content in ({}, {"data": 3}, {"data": [1]}, {"data": {"text/plain": {"a": 1}}}, {"data": None},
                    {"data": {"application/vnd.tandem.evidence": [1]}}, {"data": {"text/plain": deep}},
                    {"data": {}, "metadata": 4, "transient": 5}, {"text": 7, "name": None},
                    {"ename": 1, "evalue": [], "traceback": "x"}, {"execution_state": 8, "wait": {}}):
        for kind in ("display_data", "execute_result", "stream", "error", "status", "clear_output",
                     "update_display_data", "execute_input", "comm_open", "comm_msg", "unheard_of"):
            tried(kernel.session.send, kernel.iopub_socket, kind, content, parent=kernel.get_parent("shell"))
""",
    ),
    "magics": Attack(
        "The magics `%load_ext`, `%%capture`, `%reset` and `!` are used on the check.",
        """
shell = get_ipython()
tried(shell.system, f"echo {MARK} > /tmp/{MARK}-magic; id; cat /etc/shadow; ls " + REPOSITORY)
shell.register_magic_function(lambda line, cell="": 2.0, "line_cell", "check")
shell.run_line_magic("automagic", "on")
del check
""",
    ),
}
