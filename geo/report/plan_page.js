/* A plan as one page: map in house coordinates (metres), figures, table. All text goes in by textContent. ES2018. */
(function () {
  "use strict";
  var D = JSON.parse(document.getElementById("data").textContent), lang = "zh", picked = null;
  var map = L.map("map", { crs: L.CRS.Simple, preferCanvas: true, minZoom: -8, maxZoom: 2, zoomSnap: 0.25, attributionControl: true });
  map.attributionControl.setPrefix(false);
  L.control.scale({ imperial: false }).addTo(map);
  function at(p) { return [p[1], p[0]]; }
  var box = [[0, 0], [D.size[1], D.size[0]]];
  if (D.ground) { L.imageOverlay(D.ground.src, [at(D.ground.low), at(D.ground.high)], { className: "ground" }).addTo(map); }
  /* rings are differences in decimetres from one point to the next, from the south-west corner */
  function shape(polygon) {
    return polygon.map(function (flat) {
      var x = 0, y = 0, out = [];
      for (var i = 0; i < flat.length; i += 2) { x += flat[i]; y += flat[i + 1]; out.push([y / 10, x / 10]); }
      return out;
    });
  }
  function look(sign) { var s = D.signs[sign]; return { color: s.stroke, weight: s.width * 1.33, fillColor: s.fill || s.stroke, fillOpacity: s.fill ? 0.85 : 0.06 }; }
  D.lines.forEach(function (l) { L.polygon(l[1].map(shape), Object.assign(look(l[0]), { interactive: false, fillOpacity: 0.06 })).addTo(map); });
  var layers = D.plots.map(function (p) {
    var layer = L.polygon(p[6].map(shape), look(p[0]));
    layer.bindPopup(function () { return card(p); }, { maxWidth: 320 });
    return layer.addTo(map);
  });
  map.fitBounds(box, { padding: [10, 10] });

  function el(tag, text, parent, name) {
    var e = document.createElement(tag);
    if (text !== undefined && text !== null) { e.textContent = text; }
    if (name) { e.className = name; }
    if (parent) { parent.appendChild(e); }
    return e;
  }
  function word(k) { return D.words[k] ? D.words[k][lang === "zh" ? 0 : 1] : k; }
  function both(pair) { return pair[lang === "zh" ? 0 : 1]; }
  function figure(v, digits) { return v === null || v === undefined ? "–" : Number(v).toLocaleString("en-US", { minimumFractionDigits: digits, maximumFractionDigits: digits }); }
  function card(p) {
    var box = document.createElement("div");
    el("b", both(D.signs[p[0]].label), box);
    [[word("id"), p[1]], [word("town"), D.towns[p[2]]], [word("class"), p[3]],
     [word("area"), figure(p[4], 2) + " " + word("mu") + " (" + figure(p[4] / 15, 4) + " " + word("ha") + ")"], [word("grade"), p[5] === null ? "–" : p[5]]]
      .forEach(function (r) { el("div", r[0] + "  " + r[1], box); });
    return box;
  }
  function table(rows, parent) {
    var t = el("table", null, parent);
    rows.forEach(function (r, i) { var tr = el("tr", null, t); r.forEach(function (c) { el(i ? "td" : "th", c, tr); }); });
    return t;
  }
  function pick(i) {
    if (picked !== null) { layers[picked].setStyle(look(D.plots[picked][0])); }
    picked = i;
    map.flyToBounds(layers[i].getBounds(), { maxZoom: -1, duration: 0.5, padding: [60, 60] });
    layers[i].setStyle({ weight: 4 }); layers[i].openPopup();
  }
  function draw() {
    document.documentElement.lang = lang === "zh" ? "zh-CN" : "en";
    document.title = both(D.title);
    var head = document.querySelector("header"), side = document.querySelector("aside");
    head.textContent = ""; side.textContent = "";
    el("h1", both(D.title), head); el("p", both(D.lead), head);
    if (D.synthetic) { el("span", word("synthetic"), head, "mark"); }
    var turn = el("button", lang === "zh" ? "English" : "中文", head);
    turn.addEventListener("click", function () { lang = lang === "zh" ? "en" : "zh"; draw(); });
    el("h2", word("figures"), side);
    var facts = el("div", null, side, "facts");
    D.facts.forEach(function (f) { var d = el("div", null, facts); el("span", both(f[0]), d); el("b", f[1], d); });
    el("h2", word("verdicts"), side);
    var list = el("ul", null, side);
    D.verdicts.forEach(function (v) {
      var li = el("li", null, list);
      el("b", v[1] === null ? "? " : v[1] ? "✓ " : "✗ ", li, v[1] === null ? "" : v[1] ? "good" : "bad");
      li.appendChild(document.createTextNode(both(v[0])));
      if (v[2]) { el("small", "  " + both(v[2]), li); }
    });
    el("h2", word("by_town"), side);
    table([[word("town"), word("out_mu"), word("in_mu"), word("change_mu")]].concat(D.by_town.map(function (r) {
      return [r[0], figure(r[1], 2), figure(r[2], 2), figure(r[2] - r[1], 2)];
    })), side);
    el("h2", word("plots") + " (" + D.plots.length + (D.left_out ? " / " + (D.plots.length + D.left_out) : "") + ")", side);
    if (D.left_out) { el("small", word("left_out"), side); }
    var room = el("div", null, side, "plots"), t = table([[word("id"), word("town"), word("mu")]], room);
    D.plots.forEach(function (p, i) {
      var tr = el("tr", null, t), dot = "●";
      tr.tabIndex = 0;
      var first = el("td", null, tr), mark = el("span", dot + " ", first);
      mark.style.color = D.signs[p[0]].fill || D.signs[p[0]].stroke;
      first.appendChild(document.createTextNode(p[1]));
      el("td", D.towns[p[2]], tr); el("td", figure(p[4], 2), tr);
      tr.addEventListener("click", function () { pick(i); });
      tr.addEventListener("keydown", function (e) { if (e.key === "Enter") { pick(i); } });
    });
    el("h2", word("legend"), side);
    var legend = el("div", null, side, "legend");
    Object.keys(D.signs).forEach(function (k) {
      var s = D.signs[k], row = el("div", null, legend), sign = el("i", null, row);
      sign.style.background = s.fill || "transparent"; sign.style.border = "1.5px solid " + s.stroke;
      el("span", both(s.label), row);
    });
    el("h2", word("about"), side);
    D.notes.forEach(function (n) { el("div", null, el("small", both(n), side)); });
    map.invalidateSize();
  }
  draw();
  window.addEventListener("resize", function () { map.invalidateSize(); });
})();
