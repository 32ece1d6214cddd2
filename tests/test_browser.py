"""Playwright drives the Chromium of the system: what the wallboard's tests rely on."""

from __future__ import annotations

from playwright.async_api import async_playwright


async def test_a_page_is_rendered_and_its_script_runs(chromium):
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        page = await browser.new_page()
        await page.goto("data:text/html,<p id=p>0</p><script>p.textContent = 6 * 7</script>")
        assert await page.inner_text("#p") == "42"
        await browser.close()
