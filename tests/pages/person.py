"""Somebody in front of a real browser."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

PATIENCE_S = 30.0


class Person:
    """Somebody in front of the browser."""

    def __init__(self, driver: Any, url: str) -> None:
        self.driver, self.url = driver, url

    def open(self, path: str) -> None:
        self.driver.get(self.url + path)

    def one(self, selector: str) -> Any:
        from selenium.webdriver.common.by import By

        return self.driver.find_element(By.CSS_SELECTOR, selector)

    def all(self, selector: str) -> list[Any]:
        from selenium.webdriver.common.by import By

        return list(self.driver.find_elements(By.CSS_SELECTOR, selector))

    def write(self, name: str, text: str) -> None:
        field = self.one(f'[name="{name}"]')
        field.clear()
        field.send_keys(text)

    def choose(self, name: str, value: str) -> None:
        from selenium.webdriver.support.ui import Select

        Select(self.one(f'[name="{name}"]')).select_by_value(value)

    def press(self, words: str) -> None:
        """The button or link with these words, and wait for the page behind it."""
        from selenium.webdriver.common.by import By

        before = self.one("html")
        found = f"//main//*[self::button or self::a][normalize-space()='{words}']"
        self.driver.find_element(By.XPATH, found).click()
        self.wait(lambda: self.left(before))

    def wait(self, until: Callable[[], Any]) -> Any:
        from selenium.webdriver.support.ui import WebDriverWait

        return WebDriverWait(self.driver, PATIENCE_S, poll_frequency=0.05).until(lambda _: until())

    @property
    def text(self) -> str:
        return str(self.one("main").text)

    def left(self, before: Any) -> bool:
        from selenium.common.exceptions import StaleElementReferenceException, WebDriverException

        try:
            before.is_enabled()
        except (StaleElementReferenceException, WebDriverException):
            return bool(self.driver.execute_script("return document.readyState") == "complete")
        return False
