(function () {
  "use strict";
  var MOST = 50;
  // As names are put in order: without case, accents and ligatures. ä is found as a and as ae.
  var LETTERS = { "ß": "ss", "æ": "ae", "œ": "oe", "ø": "o", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "ı": "i" };
  function fold(text) {
    return text.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase().replace(/\p{M}/gu, "")
      .replace(/[ßæœøłđðþı]/g, function (letter) { return LETTERS[letter]; });
  }
  function spelt(text) {
    return text.normalize("NFC").replace(/[äöüÄÖÜ]/g, function (letter) { return letter + "e"; });
  }
  function both(text) {
    var plain = fold(text), other = spelt(text);
    return other === text.normalize("NFC") ? plain : plain + " " + fold(other);
  }
  function words(text) { return fold(text).split(/\s+/).filter(Boolean); }
  function fits(text, all) { return all.every(function (word) { return text.indexOf(word) >= 0; }); }
  if (typeof document === "undefined") { module.exports = { both: both, words: words, fits: fits }; return; }
  var box = document.getElementById("q"), told = document.getElementById("told");
  if (!box) { return; }
  document.getElementById("find").hidden = false;
  var number = new Intl.NumberFormat(document.documentElement.lang || "en");
  function say(text, count) { return text.replace("{n}", number.format(count)); }
  function tell(count) { told.textContent = say(count === 1 ? told.dataset.one : told.dataset.many, count); }
  function read(id) { return JSON.parse(document.getElementById(id).textContent); }
  var look;
  if (document.getElementById("all")) {
    var states = {}, runs = read("runs");
    read("states").forEach(function (state) { states[state[0]] = state[1]; });
    // Where a row's card stands: on the page of the last run that begins before it.
    var link = function (at) {
      var run = runs[0], files = 0;
      runs.forEach(function (one) {
        if (one[2] === "u" && !files) { files = Number(one[0]); }
        if (Number(one[0]) <= at) { run = one; }
      });
      if (run[2] === "p") { return run[1] + "#p" + at; }
      return run[1] + "#" + (run[2] === "u" ? "u" + (at - files) : run[2]);
    };
    var rows = read("all").map(function (row, at) {
      return { text: both(row.slice(0, 2).join(" ") + " " + (states[row[2]] || "")), row: row, at: at };
    });
    var hits = document.getElementById("hits");
    look = function () {
      var all = words(box.value);
      hits.textContent = "";
      if (!all.length) { told.textContent = ""; return; }
      var found = rows.filter(function (one) { return fits(one.text, all); });
      found.slice(0, MOST).forEach(function (one) {
        var item = document.createElement("li"), anchor = document.createElement("a");
        anchor.href = link(one.at);
        anchor.textContent = one.row[0];
        item.appendChild(anchor);
        item.appendChild(document.createTextNode(": " + (states[one.row[2]] || one.row[2])));
        hits.appendChild(item);
      });
      tell(found.length);
      if (found.length > MOST) { told.textContent += ", " + say(told.dataset.first, MOST); }
    };
  } else {
    var cards = Array.prototype.map.call(document.querySelectorAll("ul.sheet > li, ul.names > li"), function (card) {
      return { text: both(card.textContent), card: card };
    });
    look = function () {
      var all = words(box.value), count = 0;
      cards.forEach(function (one) {
        var shown = fits(one.text, all);
        one.card.hidden = !shown;
        if (shown) { count += 1; }
      });
      if (all.length) { tell(count); } else { told.textContent = ""; }
    };
  }
  box.addEventListener("input", look);
  look();
})();
