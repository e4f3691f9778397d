/* 田畴 map tools: home, back and forward; search; measure; draw and edit; choose by outline; the link of the view.
   Shapes are drawn with Leaflet-Geoman; lengths and areas are the server's (ellipsoid). Text goes in by textContent. */
(function () {
  "use strict";
  if (window.tianchouTools) { return; }

  var ICONS = {
    home: "M4 11 12 4l8 7v9h-5v-6H9v6H4z", back: "M14 5l-7 7 7 7v-4.5h5v-5h-5z", forward: "M10 5l7 7-7 7v-4.5H5v-5h5z",
    length: "M3 15 15 3l6 6L9 21zM7 13l2 2M10 10l3 3M13 7l2 2", area: "M4 7l9-3 7 6-3 9-11 1z",
    polygon: "M5 6l8-2 6 6-4 9-9-3zM5 6h0M13 4h0", line: "M4 19l5-9 5 4 6-10", rectangle: "M4 6h16v12H4z",
    edit: "M4 20l1-4L16 5l3 3L8 19zM14 7l3 3", lasso: "M4 9c0-6 16-6 16 1s-13 7-14 3 6-3 5 3-4 4-4 4", link: "M9 15l6-6M10 7l3-3a4 4 0 0 1 6 6l-3 3M14 17l-3 3a4 4 0 0 1-6-6l3-3",
    print: "M7 9V4h10v5M7 17H4v-8h16v8h-3M7 14h10v6H7z", clear: "M5 5l14 14M19 5 5 19"
  };
  var SHAPES = { length: "Line", area: "Polygon", polygon: "Polygon", line: "Line", rectangle: "Rectangle", lasso: "Polygon" };
  var STEPS = 200; // views remembered

  function begin(map, st) {
    var self = { past: [], future: [], moving: false, words: {}, kept: null, buttons: {} };
    self.bar = L.DomUtil.create("div", "leaflet-bar tc-tools");
    var Bar = L.Control.extend({ options: { position: "topleft" }, onAdd: function () { return self.bar; } });
    new Bar().addTo(map);
    L.DomEvent.disableClickPropagation(self.bar);
    self.panel = L.DomUtil.create("div", "tc-panel", map.getContainer());
    self.panel.style.display = "none";
    self.panel.setAttribute("role", "status");
    L.DomEvent.disableClickPropagation(self.panel); L.DomEvent.disableScrollPropagation(self.panel);
    self.finder = finder(map, st, self);
    self.kept = L.featureGroup([], { pmIgnore: true }).addTo(map);

    map.on("pm:create", function (e) { made(map, st, self, e.layer); });
    map.on("pm:drawstart", function (e) {
      st.drawing = true;
      if (self.tool === "length" || self.tool === "area") {
        e.workingLayer.on("pm:vertexadded", function () { measure(st, self, self.tool, points(e.workingLayer), false); });
      }
    });
    map.on("pm:drawend", function () { setTimeout(function () { st.drawing = false; }, 0); mark(self, ""); });
    map.on("moveend", function () { moved(map, st, self); });
    L.DomEvent.on(map.getContainer(), "keydown", function (e) {
      if (e.key === "Escape") { stop(map, st, self); }
      if (e.altKey && e.key === "ArrowLeft") { L.DomEvent.stop(e); step(map, st, self, self.past, self.future); }
      if (e.altKey && e.key === "ArrowRight") { L.DomEvent.stop(e); step(map, st, self, self.future, self.past); }
    });

    return {
      apply: function (view) { apply(map, st, self, view); },
      linked: function () { return linked(); },
      settled: function () { self.last = { at: map.getCenter(), zoom: map.getZoom() }; self.ready = true; writeLink(map, st); },
      tidy: function () { self.kept.clearLayers(); },
      end: function () { self.ready = false; clearTimeout(self.later); map.pm.disableDraw(); }
    };
  }

  /* ---------------------------------------------------------------- the bar */
  function apply(map, st, self, view) {
    var key = view.tools.join() + view.lang;
    self.words = view.words;
    if (key !== self.key) {
      self.key = key;
      map.pm.setLang(view.lang === "zh" ? "zh" : "en");
      while (self.bar.firstChild) { self.bar.removeChild(self.bar.firstChild); }
      self.buttons = {};
      view.tools.forEach(function (name) {
        if (name === "search") { return; }
        var a = L.DomUtil.create("a", "tc-tool tc-tool-" + name, self.bar);
        a.href = "#"; a.setAttribute("role", "button"); a.title = view.words[name] || name; a.setAttribute("aria-label", a.title);
        a.appendChild(icon(name));
        L.DomEvent.on(a, "click", function (e) { L.DomEvent.stop(e); press(map, st, self, name); });
        self.buttons[name] = a;
      });
      self.finder.show(view.tools.indexOf("search") >= 0, view.words);
    }
    enable(self);
    writeLink(map, st);
  }

  function icon(name) {
    var ns = "http://www.w3.org/2000/svg", svg = document.createElementNS(ns, "svg"), path = document.createElementNS(ns, "path");
    svg.setAttribute("viewBox", "0 0 24 24"); svg.setAttribute("width", "18"); svg.setAttribute("height", "18"); svg.setAttribute("aria-hidden", "true");
    path.setAttribute("d", ICONS[name] || ICONS.polygon); path.setAttribute("fill", "none"); path.setAttribute("stroke", "currentColor");
    path.setAttribute("stroke-width", "1.8"); path.setAttribute("stroke-linejoin", "round"); path.setAttribute("stroke-linecap", "round");
    svg.appendChild(path);
    return svg;
  }

  function mark(self, name) {
    self.tool = name;
    Object.keys(self.buttons).forEach(function (n) { self.buttons[n].classList.toggle("tc-on", n === name); });
  }

  function press(map, st, self, name) {
    if (name === "home") { if (st.homeBounds) { map.flyToBounds(st.homeBounds, { duration: 0.6 }); } return; }
    if (name === "back") { step(map, st, self, self.past, self.future); return; }
    if (name === "forward") { step(map, st, self, self.future, self.past); return; }
    if (name === "link") { copyLink(map, st, self); return; }
    if (name === "edit") { edit(map, st, self); return; }
    if (name === "print") {
      var b = map.getBounds();
      st.tell({ kind: "print", west: b.getWest(), south: b.getSouth(), east: b.getEast(), north: b.getNorth() });
      return;
    }
    if (self.tool === name) { stop(map, st, self); return; }
    stop(map, st, self);
    self.kept.clearLayers(); say(self, null);
    mark(self, name);
    map.pm.enableDraw(SHAPES[name], {
      snappable: false, allowSelfIntersection: name !== "polygon" && name !== "lasso" && name !== "area", tooltips: true,
      templineStyle: { color: "#0a3f86", weight: 2 }, hintlineStyle: { color: "#0a3f86", weight: 2, dashArray: "5 5" },
      pathOptions: { color: "#0a3f86", weight: 2.2, fillColor: "#1b7fe0", fillOpacity: 0.15 }
    });
    map.getContainer().focus();
  }

  function stop(map, st, self) {
    if (self.editing) { finishEdit(map, st, self); }
    map.pm.disableDraw();
    mark(self, "");
    st.drawing = false;
  }

  function made(map, st, self, layer) {
    var tool = self.tool;
    layer.remove();
    layer.options.pmIgnore = true;
    self.kept.clearLayers();
    self.kept.addLayer(layer);
    if (tool === "length" || tool === "area") { measure(st, self, tool, points(layer), true); return; }
    self.drawn = tool;
    st.tell({ kind: tool === "lasso" ? "lasso" : "draw", shape: tool, geometry: geometry(layer) });
  }

  function geometry(layer) { return rounded(layer.toGeoJSON(8).geometry); }
  function rounded(g) { return { type: g.type, coordinates: g.coordinates }; }

  function points(layer) {
    var all = layer.getLatLngs();
    while (all.length && Array.isArray(all[0])) { all = all[0]; }
    return all.map(function (p) { return [p.lng, p.lat]; });
  }

  /* The page's own overlay shapes that carry an id can be moved point by point; the new outline is told when done. */
  function edit(map, st, self) {
    if (self.editing) { stop(map, st, self); return; }
    var found = [];
    if (st.overlay) { st.overlay.eachLayer(function (l) { if (l.feature.properties.edit) { found.push(l); } }); }
    if (!found.length) { self.kept.eachLayer(function (l) { found.push(l); }); }
    if (!found.length) { say(self, [self.words.nothing_to_edit]); return; }
    self.editing = found; st.drawing = true;
    found.forEach(function (l) { l.options.pmIgnore = false; L.PM.reInitLayer(l); l.pm.enable({ allowSelfIntersection: false, snappable: false }); });
    mark(self, "edit");
    say(self, [self.words.edit_hint]);
  }

  function finishEdit(map, st, self) {
    var found = self.editing;
    self.editing = null; say(self, null);
    found.forEach(function (l) {
      l.pm.disable();
      st.tell({ kind: "draw", shape: "edit", id: l.feature && l.feature.properties.id !== undefined ? String(l.feature.properties.id) : "", geometry: geometry(l) });
    });
  }

  /* ---------------------------------------------------------------- lengths and areas come from the server */
  function measure(st, self, tool, at, done) {
    var turn = self.turn = (self.turn || 0) + 1;
    if (at.length < 2) { say(self, [self.words[tool]]); return; }
    fetch(st.base + "measure", { method: "POST", headers: { "Content-Type": "application/json" },
      body: JSON.stringify({ kind: tool === "area" && at.length > 2 ? "polygon" : "line", points: at, lang: st.view.lang }) })
      .then(function (a) { return a.json(); })
      .then(function (found) { if (self.turn === turn) { say(self, found.lines || [], done); } })
      .catch(function () { if (self.turn === turn) { say(self, [self.words.no_answer]); } });
  }

  function say(self, lines) {
    while (self.panel.firstChild) { self.panel.removeChild(self.panel.firstChild); }
    self.panel.style.display = lines ? "" : "none";
    (lines || []).forEach(function (line, i) { L.DomUtil.create(i ? "div" : "b", "", self.panel).textContent = line; });
    if (!lines) { return; }
    var shut = L.DomUtil.create("a", "tc-shut", self.panel);
    shut.href = "#"; shut.textContent = "×"; shut.title = self.words.clear || "×"; shut.setAttribute("role", "button"); shut.setAttribute("aria-label", shut.title);
    L.DomEvent.on(shut, "click", function (e) { L.DomEvent.stop(e); say(self, null); self.kept.clearLayers(); });
  }

  /* ---------------------------------------------------------------- back and forward */
  function moved(map, st, self) {
    if (!self.ready) { return; }
    var now = { at: map.getCenter(), zoom: map.getZoom() };
    if (self.stepping) { self.stepping = false; self.last = now; } else if (self.last && (self.last.zoom !== now.zoom || !near(map, self.last.at, now.at))) {
      self.past.push(self.last); self.future = []; self.last = now;
      if (self.past.length > STEPS) { self.past.shift(); }
    }
    enable(self);
    clearTimeout(self.later);
    self.later = setTimeout(function () { writeLink(map, st); }, 250);
  }

  function near(map, a, b) { return map.project(a, map.getZoom()).distanceTo(map.project(b, map.getZoom())) < 3; }

  function step(map, st, self, from, to) {
    var next = from.pop();
    if (!next) { return; }
    to.push({ at: map.getCenter(), zoom: map.getZoom() });
    self.stepping = true;
    map.setView(next.at, next.zoom, { animate: false });
    enable(self);
  }

  function enable(self) {
    [["back", self.past], ["forward", self.future]].forEach(function (pair) {
      var a = self.buttons[pair[0]];
      if (a) { a.classList.toggle("leaflet-disabled", !pair[1].length); a.setAttribute("aria-disabled", String(!pair[1].length)); }
    });
  }

  /* ---------------------------------------------------------------- the link of this very view */
  function linked() {
    var found = /[?&]at=([0-9.]{1,5})\/(-?[0-9.]{1,12})\/(-?[0-9.]{1,12})(?:&|$)/.exec(window.location.search.replace(/%2F/gi, "/"));
    if (!found) { return null; }
    var zoom = +found[1], lat = +found[2], lon = +found[3];
    if (!(zoom >= 5 && zoom <= 20 && Math.abs(lat) <= 85 && Math.abs(lon) <= 180)) { return null; }
    return { zoom: zoom, at: [lat, lon] };
  }

  function link(map, st) {
    var url = new URL(window.location.href), c = map.getCenter(), wanted = st.view.link || {};
    Object.keys(wanted).forEach(function (k) { if (wanted[k]) { url.searchParams.set(k, wanted[k]); } else { url.searchParams.delete(k); } });
    url.searchParams.set("at", map.getZoom() + "/" + c.lat.toFixed(6) + "/" + c.lng.toFixed(6));
    return url.toString().replace(/%2F/g, "/").replace(/%2C/g, ",");
  }

  function writeLink(map, st) {
    if (!st.settled || !st.view.link) { return; }
    var url = link(map, st);
    if (url !== window.location.href) { window.history.replaceState(window.history.state, "", url); }
    try { window.localStorage.setItem("tianchou.layers", JSON.stringify(st.view.remember || {})); } catch (e) { /* private browsing */ }
  }

  function copyLink(map, st, self) {
    var url = link(map, st);
    writeLink(map, st);
    var told = function (ok) { say(self, [ok ? self.words.link_copied : self.words.link_here, url]); };
    if (navigator.clipboard && window.isSecureContext) { navigator.clipboard.writeText(url).then(function () { told(true); }, function () { told(false); }); } else { told(false); }
  }

  /* ---------------------------------------------------------------- search */
  function finder(map, st, self) {
    var box = L.DomUtil.create("div", "tc-find", map.getContainer()), turn = 0, wait, at = -1;
    var field = L.DomUtil.create("input", "", box), list = L.DomUtil.create("ul", "", box);
    field.type = "search"; field.autocomplete = "off"; field.spellcheck = false; field.maxLength = 120;
    field.setAttribute("role", "combobox"); field.setAttribute("aria-expanded", "false");
    list.setAttribute("role", "listbox"); list.style.display = "none";
    L.DomEvent.disableClickPropagation(box); L.DomEvent.disableScrollPropagation(box);
    L.DomEvent.on(field, "keydown keyup keypress", L.DomEvent.stopPropagation);
    L.DomEvent.on(field, "input", function () { clearTimeout(wait); wait = setTimeout(look, 140); });
    L.DomEvent.on(field, "keydown", function (e) {
      var rows = list.querySelectorAll("li[role=option]");
      if (e.key === "ArrowDown" || e.key === "ArrowUp") {
        e.preventDefault(); if (!rows.length) { return; }
        at = (at + (e.key === "ArrowDown" ? 1 : -1) + rows.length) % rows.length;
        rows.forEach(function (r, i) { r.classList.toggle("tc-on", i === at); });
      }
      if (e.key === "Enter") { e.preventDefault(); if (rows.length) { rows[Math.max(0, at)].click(); } else { clearTimeout(wait); look(true); } }
      if (e.key === "Escape") { empty(); field.blur(); }
    });
    function empty() {
      at = -1; list.style.display = "none"; field.setAttribute("aria-expanded", "false");
      while (list.firstChild) { list.removeChild(list.firstChild); }
    }
    function look(go) {
      var words = field.value.trim(), mine = ++turn;
      if (!words) { empty(); return; }
      fetch(st.base + "search?q=" + encodeURIComponent(words) + "&lang=" + st.view.lang).then(function (a) { return a.ok ? a.json() : []; })
        .then(function (found) {
          if (mine !== turn) { return; }
          empty(); list.style.display = ""; field.setAttribute("aria-expanded", "true");
          found.forEach(function (one) {
            var li = L.DomUtil.create("li", "", list);
            L.DomUtil.create("b", "", li).textContent = one.text;
            L.DomUtil.create("span", "", li).textContent = one.note || "";
            li.setAttribute("role", "option");
            L.DomEvent.on(li, "click", function () { pick(one); });
          });
          if (!found.length) { L.DomUtil.create("li", "tc-none", list).textContent = self.words.nothing_found; }
          if (go === true && found.length) { pick(found[0]); }
        }).catch(function () { empty(); });
    }
    function pick(one) {
      empty();
      if (one.bounds) { map.flyToBounds(one.bounds, { duration: 0.7, padding: [40, 40], maxZoom: 17 }); }
      if (one.at) {
        self.kept.clearLayers();
        self.kept.addLayer(L.circleMarker(one.at, { radius: 8, color: "#c2185b", weight: 3, fillOpacity: 0.2, interactive: false }));
        map.flyTo(one.at, Math.max(16, map.getZoom()), { duration: 0.7 });
        say(self, [one.text, one.note || ""]);
      }
      if (one.layer) { st.tell({ kind: "found", layer: one.layer, id: one.id }); }
      field.blur();
    }
    L.DomEvent.on(map.getContainer(), "click", empty);
    return { show: function (on, words) { box.style.display = on ? "" : "none"; field.placeholder = words.search || ""; field.setAttribute("aria-label", words.search || ""); } };
  }

  window.tianchouTools = { begin: begin };
})();
