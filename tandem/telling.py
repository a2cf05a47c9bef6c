"""Tell a student something outside a card."""

from IPython.core.getipython import get_ipython
from IPython.display import display

from tandem.markup import code_marked
from tandem.messages import current_language, direction


def tell(*sentences: str) -> None:
    """Print sentences; where the language runs from right to left, show them as a paragraph.

    What is printed stands in a page's `<pre>`, whose direction is that of code: left to right.
    """
    text = " ".join(sentences)
    if direction() == "ltr" or get_ipython() is None:
        print(text)
        return
    language = f'lang="{current_language()}" dir="{direction()}"'
    html = f'<p {language} style="text-align: start">{code_marked(text)}</p>'
    display({"text/plain": text, "text/html": html}, raw=True)
