// Judges the quizzes of tandem/quiz.py. Everything it shows was put into the page by Python.
if (!customElements.get("tandem-quiz")) {
  const NUMBER = /^[+-]?\d+([.,]\d+)?$/;

  class TandemQuiz extends HTMLElement {
    connectedCallback() {
      if (this.answers) return; // only moved
      this.answers = new Map(); // form -> whether its last answer and its first were right
      this.addEventListener("click", (event) => {
        if (event.target.matches("button")) this.check(event.target.form);
      });
      this.addEventListener("keydown", (event) => {
        if (event.key !== "Enter" || !event.target.matches("input")) return;
        event.preventDefault();
        this.check(event.target.form);
      });
      setTimeout(() => this.score()); // when all of the page has been read
    }

    check(form) {
      for (const place of form.querySelectorAll(".remark")) place.replaceChildren();
      const right = form.dataset.kind === "number" ? this.typed(form) : this.chosen(form);
      if (right === null) return; // no answer was given
      const { first = right } = this.answers.get(form) ?? {};
      this.answers.set(form, { right, first });
      this.score();
    }

    chosen(form) {
      const options = [...form.querySelectorAll("input")];
      const isRight = (option) => option.dataset.right === "true";
      const given = options.filter((option) => option.checked);
      if (!given.length) return remark(form, null, this.dataset.choose);
      for (const option of given) {
        say(option.parentElement.nextElementSibling, isRight(option), option.dataset.feedback);
      }
      if (!given.every(isRight)) return false;
      if (options.every((option) => option.checked === isRight(option))) return true;
      return remark(form, false, this.dataset.more);
    }

    typed(form) {
      const { value, dataset } = form.querySelector("input");
      const text = value.trim().replace("\u2212", "-");
      if (!NUMBER.test(text)) return remark(form, null, this.dataset.type);
      const number = Number(text.replace(",", "."));
      const known = JSON.parse(dataset.cases).find(([expected]) => expected === number);
      const [, right, feedback] = known ?? [number, false, dataset.otherwise];
      return remark(form, right, feedback);
    }

    score() {
      const answers = [...this.answers.values()];
      const n = this.querySelectorAll("form").length;
      const counts = {
        n,
        right: answers.filter((answer) => answer.right).length,
        first: answers.filter((answer) => answer.first).length,
        open: n - answers.length,
      };
      const texts = counts.open ? [this.dataset.score, this.dataset.open] : [this.dataset.score];
      this.querySelector(".score strong").textContent = texts
        .join(" ")
        .replace(/\{(\w+)\}/g, (_, name) => counts[name]);
    }
  }

  // Below the whole question; returns whether the answer was right, null for none.
  function remark(form, right, html) {
    say(form.querySelector("button + .remark"), right, html);
    return right;
  }

  function say(place, right, html) {
    const mark = right === null ? "" : `<span aria-hidden="true">${right ? "✓" : "✗"}</span> `;
    place.dataset.right = right;
    place.innerHTML = mark + html;
  }

  customElements.define("tandem-quiz", TandemQuiz);
}
