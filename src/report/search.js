(function () {
  "use strict";
  var MOST = 50;
  var box = document.getElementById("q"), told = document.getElementById("told");
  if (!box) { return; }
  document.getElementById("find").hidden = false;
  function words() { return box.value.toLowerCase().split(/\s+/).filter(Boolean); }
  function fits(text, all) { return all.every(function (word) { return text.indexOf(word) >= 0; }); }
  function say(count) { told.textContent = count === 1 ? "1 found" : count + " found"; }
  var data = document.getElementById("all");
  var look;
  if (data) {
    var rows = JSON.parse(data.textContent).map(function (row) {
      return { text: (row[0] + " " + row[1] + " " + row[2]).toLowerCase(), row: row };
    });
    var hits = document.getElementById("hits");
    look = function () {
      var all = words();
      hits.textContent = "";
      if (!all.length) { told.textContent = ""; return; }
      var found = rows.filter(function (one) { return fits(one.text, all); });
      found.slice(0, MOST).forEach(function (one) {
        var item = document.createElement("li"), link = document.createElement("a");
        link.href = one.row[3];
        link.textContent = one.row[0];
        item.appendChild(link);
        item.appendChild(document.createTextNode(": " + one.row[2]));
        hits.appendChild(item);
      });
      say(found.length);
      if (found.length > MOST) { told.textContent += ", the first " + MOST + " of them:"; }
    };
  } else {
    var cards = Array.prototype.map.call(document.querySelectorAll("ul.sheet > li"), function (card) {
      return { text: card.textContent.toLowerCase(), card: card };
    });
    look = function () {
      var all = words(), count = 0;
      cards.forEach(function (one) {
        var shown = fits(one.text, all);
        one.card.hidden = !shown;
        if (shown) { count += 1; }
      });
      if (all.length) { say(count); } else { told.textContent = ""; }
    };
  }
  box.addEventListener("input", look);
  look();
})();
