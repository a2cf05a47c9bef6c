"""Is a page usable by everybody? axe-core looks, in the light and in the dark scheme."""

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

SEVERE = ("serious", "critical")


def severe_violations(page: Page, within: str | None = None) -> list[str]:
    """Return a line for each serious or critical violation of the page, or of a part of it."""
    found = []
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        for violation in Axe().run(page, context=within).response["violations"]:
            if violation["impact"] in SEVERE:
                example = violation["nodes"][0]
                found.append(f"{scheme}: {violation['help']}: {example['html'][:200]}")
    page.emulate_media(color_scheme="light")
    return found
