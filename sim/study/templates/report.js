// Draws the charts in the reader's theme and width, and makes tables sort, copy and download.
(() => {
  "use strict";
  const read = (id) => JSON.parse(document.getElementById(id).textContent);
  const figures = read("figures");
  const themes = read("themes");
  const dark = window.matchMedia("(prefers-color-scheme: dark)");
  const NARROW = 480; // pixels of a frame below which names at line ends do not fit
  let paper = false; // printing: always light

  // Charts hold tokens (@line0, @grid) where a colour belongs.
  const colored = (value, theme) => {
    if (Array.isArray(value)) return value.map((item) => colored(item, theme));
    if (value && typeof value === "object") {
      return Object.fromEntries(Object.entries(value).map(([k, v]) => [k, colored(v, theme)]));
    }
    return typeof value === "string" && Object.hasOwn(theme, value) ? theme[value] : value;
  };

  const draw = (plot) => {
    const width = plot.clientWidth;
    if (!width) return; // inside a closed <details>: drawn when it opens
    const theme = themes[dark.matches && !paper ? "dark" : "light"];
    const { data, layout } = colored(figures[plot.dataset.chart], theme);
    const narrow = window.innerWidth < 736;
    if (narrow) {
      layout.annotations = layout.annotations.filter((note) => note.name !== "direct");
      layout.margin.r = Math.min(layout.margin.r, 14);
      if (layout.yaxis.nticks) layout.yaxis.nticks = 5;
    }
    if (width < NARROW && layout.xaxis.dtick && layout.xaxis.range) {
      while ((layout.xaxis.range[1] - layout.xaxis.range[0]) / layout.xaxis.dtick > 4.5) {
        layout.xaxis.dtick *= 2;
      }
    }
    layout.width = width;
    window.Plotly.react(plot, data, layout, { displayModeBar: false, responsive: false });
    plot.dataset.drawn = width;
  };
  const plots = [...document.querySelectorAll(".plot")];
  const drawAll = () => plots.forEach(draw);

  drawAll();
  dark.addEventListener("change", drawAll);
  let waiting = 0;
  window.addEventListener("resize", () => {
    window.clearTimeout(waiting);
    waiting = window.setTimeout(() => {
      plots.filter((plot) => Number(plot.dataset.drawn) !== plot.clientWidth).forEach(draw);
    }, 120);
  });
  document.querySelectorAll("details").forEach((box) => {
    box.addEventListener("toggle", () => {
      if (box.open) box.querySelectorAll(".plot").forEach(draw);
    });
  });

  // Paper is light and has nothing to click: open what is folded, fold it again afterwards.
  let opened = [];
  window.addEventListener("beforeprint", () => {
    paper = true;
    opened = [...document.querySelectorAll("details:not([open])")];
    opened.forEach((box) => { box.open = true; });
    drawAll();
  });
  window.addEventListener("afterprint", () => {
    paper = false;
    opened.forEach((box) => { box.open = false; });
    drawAll();
  });

  const value = (cell) => {
    if (cell.dataset.v === undefined) return cell.textContent.trim();
    return cell.dataset.v === "" ? null : Number(cell.dataset.v);
  };
  const compare = (a, b) => {
    if (a === null || b === null) return (a === null) - (b === null);
    if (typeof a === "number" && typeof b === "number") return a - b;
    return String(a).localeCompare(String(b), "en", { numeric: true });
  };
  document.querySelectorAll("table").forEach((table) => {
    const body = table.tBodies[0];
    [...table.tHead.rows[0].cells].forEach((head, column) => {
      if ([...body.rows].some((row) => row.cells[column].classList.contains("n"))) {
        head.classList.add("n");
      }
      head.querySelector("button").addEventListener("click", () => {
        const down = head.getAttribute("aria-sort") === "ascending";
        table.querySelectorAll("th").forEach((other) => other.removeAttribute("aria-sort"));
        head.setAttribute("aria-sort", down ? "descending" : "ascending");
        const rows = [...body.rows].sort((one, other) => {
          const a = value(one.cells[column]);
          const b = value(other.cells[column]);
          // What does not exist comes last either way.
          if (a === null || b === null) return compare(a, b);
          return down ? compare(b, a) : compare(a, b);
        });
        body.append(...rows);
      });
    });
  });

  const cells = (table) => [...table.rows].map((row) => [...row.cells].map((cell) => {
    const found = value(cell);
    return found === null ? "" : String(found);
  }));
  const quoted = (text) => {
    // A spreadsheet would run a cell that begins with = + - @ as a formula, unless it is a number.
    const calm = /^[=+\-@\t\r]/.test(text) && Number.isNaN(Number(text)) ? `'${text}` : text;
    return /[",\n\r]/.test(calm) ? `"${calm.replaceAll('"', '""')}"` : calm;
  };
  const said = (button, text) => {
    const before = button.textContent;
    button.textContent = text;
    window.setTimeout(() => { button.textContent = before; }, 1500);
  };
  const copy = async (button, text) => {
    try {
      await navigator.clipboard.writeText(text);
    } catch {
      // Pages opened from a file may not use the clipboard: the old way still works.
      const area = document.createElement("textarea");
      area.value = text;
      document.body.append(area);
      area.select();
      document.execCommand("copy");
      area.remove();
    }
    said(button, "Copied");
  };
  document.querySelectorAll("[data-copy]").forEach((button) => button.addEventListener("click", () => {
    const rows = cells(document.getElementById(`t-${button.dataset.copy}`));
    copy(button, rows.map((row) => row.join("\t")).join("\n"));
  }));
  document.querySelectorAll("[data-copy-text]").forEach((button) => button.addEventListener("click", () => {
    copy(button, document.getElementById(button.dataset.copyText).textContent);
  }));
  document.querySelectorAll("[data-csv]").forEach((button) => button.addEventListener("click", () => {
    const table = document.getElementById(`t-${button.dataset.csv}`);
    const text = `${cells(table).map((row) => row.map(quoted).join(",")).join("\r\n")}\r\n`;
    const link = document.createElement("a");
    link.href = URL.createObjectURL(new Blob([text], { type: "text/csv;charset=utf-8" }));
    link.download = table.dataset.file;
    link.click();
    window.setTimeout(() => URL.revokeObjectURL(link.href), 1000);
    said(button, "Saved");
  }));
})();
