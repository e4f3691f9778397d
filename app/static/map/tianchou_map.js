/* 田畴 map: layers, highlight, swipe, labels, overlay. One entry: tianchou.show(host, view, tell), called again with every
   change; nothing is rebuilt that stayed. Tiles: tianchou_tiles.js; draw, measure, search, history: tianchou_tools.js.
   ES2018, canvas 2D. All text goes in by textContent. */
(function () {
  "use strict";
  if (window.tianchou) { return; }

  /* ---------------------------------------------------------------- the map's own state */
  function begin(host, view, tell) {
    var map = L.map(host, view.map);
    var st = map._tianchou = { map: map, layers: {}, selectKey: "", wished: "", clicked: {}, flown: null, labels: null, labelKey: "", busy: 0,
      base: view.base, tell: tell, view: view };
    map.attributionControl.setPrefix(false);
    // Leaflet focuses the map on mouse down; the page would scroll under the pointer and the click miss its parcel.
    map.getContainer().focus = function () { HTMLElement.prototype.focus.call(this, { preventScroll: true }); };
    L.control.scale({ imperial: false, maxWidth: 140 }).addTo(map);
    st.badge = corner("topright", "tc-badge").addTo(map);
    st.where = corner("bottomright", "tc-where").addTo(map);
    st.bar = L.DomUtil.create("div", "tc-bar", map.getContainer());
    pane(map, "tc-labels", 640).style.pointerEvents = "none";
    pane(map, "tc-select", 620);
    map.on("mousemove", function (e) {
      st.where.box.textContent = e.latlng.lng.toFixed(5) + "° E  " + e.latlng.lat.toFixed(5) + "° N";
    });
    map.on("click", function (e) { if (!st.drawing) { ask(map, st, e); } });
    map.on("move zoomend resize", function () { clip(map, st); });
    map.on("zoomend", function () { showLabels(map, st); });
    map.on("tileerror", function () { /* a tile that failed stays empty; the server's log has the reason */ });
    if (window.ResizeObserver) {
      st.sizes = new ResizeObserver(function () { map.invalidateSize({ animate: false }); settle(map, st); });
      st.sizes.observe(host);
    }
    st.card = L.DomUtil.create("div", "tc-here", map.getContainer());
    st.card.style.display = "none"; st.card.setAttribute("role", "status");
    L.DomEvent.disableClickPropagation(st.card); L.DomEvent.disableScrollPropagation(st.card);
    st.tools = window.tianchouTools.begin(map, st);
    return st;
  }

  function corner(position, name) {
    var Box = L.Control.extend({
      options: { position: position },
      onAdd: function () { this.box = L.DomUtil.create("div", name); return this.box; }
    });
    return new Box();
  }

  function pane(map, name, z) {
    var p = map.getPane(name) || map.createPane(name);
    p.style.zIndex = z;
    return p;
  }

  function settle(map, st) {
    var size = map.getSize();
    if (st.settled || !st.homeBounds || size.x < 50 || size.y < 50) { return; }
    st.settled = true;
    var linked = st.tools.linked();
    if (linked) { map.setView(linked.at, linked.zoom, { animate: false }); }
    else { map.fitBounds(st.start || st.homeBounds, { animate: false, padding: [8, 8] }); }
    st.tools.settled();
  }

  /* ---------------------------------------------------------------- layers */
  function layers(map, st, view) {
    var wanted = {};
    view.layers.forEach(function (spec, order) {
      wanted[spec.id] = true;
      var old = st.layers[spec.id], p;
      if (old && (old.options.spec.source !== spec.source || old.options.spec.v !== spec.v)) { drop(map, st, spec.id); old = null; }
      if (!old) {
        p = pane(map, "tc-" + spec.id, 230 + order);
        old = new window.tianchouTiles.Layer({ base: st.base, pane: "tc-" + spec.id, maxZoom: 20, minZoom: 6, updateWhenZooming: false, keepBuffer: 1,
          bounds: spec.bounds, spec: spec, opacity: spec.opacity });
        old.on("loading", function () { st.busy++; busy(st); });
        old.on("load", function () { st.busy = Math.max(0, st.busy - 1); busy(st); });
        st.layers[spec.id] = old;
      } else {
        pane(map, "tc-" + spec.id, 230 + order);
        var repaint = JSON.stringify(old.options.spec.styles) !== JSON.stringify(spec.styles);
        var cvd = old.options.spec.cvd !== spec.cvd;
        old.options.spec = spec;
        if ((repaint || cvd) && map.hasLayer(old)) { old.redraw(); } // the tiles come from the browser's own cache
      }
      if (old.options.opacity !== spec.opacity) { old.setOpacity(spec.opacity); }
      if (spec.on && !map.hasLayer(old)) { old.addTo(map); }
      if (!spec.on && map.hasLayer(old)) { map.removeLayer(old); st.busy = 0; busy(st); }
    });
    Object.keys(st.layers).forEach(function (id) { if (!wanted[id]) { drop(map, st, id); } });
  }

  function drop(map, st, id) {
    map.removeLayer(st.layers[id]); delete st.layers[id]; st.busy = 0; busy(st);
  }

  function busy(st) { st.bar.classList.toggle("tc-bar-on", st.busy > 0); }

  /* ---------------------------------------------------------------- swipe between before and after */
  function swipe(map, st, view) {
    if (!view.swipe) { if (st.handle) { st.handle.remove(); st.handle = null; } clip(map, st); return; }
    if (!st.handle) {
      st.share = 0.5;
      st.handle = L.DomUtil.create("div", "tc-swipe", map.getContainer());
      ["tc-side tc-left", "tc-side tc-right", "tc-grip"].forEach(function (c) { L.DomUtil.create("div", c, st.handle); });
      var grip = st.handle.lastChild, moving = false;
      L.DomEvent.disableClickPropagation(st.handle);
      grip.tabIndex = 0; grip.setAttribute("role", "slider"); grip.setAttribute("aria-valuemin", 0); grip.setAttribute("aria-valuemax", 100);
      grip.addEventListener("pointerdown", function (e) { moving = true; grip.setPointerCapture(e.pointerId); map.dragging.disable(); e.stopPropagation(); });
      grip.addEventListener("pointermove", function (e) {
        if (!moving) { return; }
        var box = map.getContainer().getBoundingClientRect();
        st.share = Math.min(0.98, Math.max(0.02, (e.clientX - box.left) / box.width)); clip(map, st);
      });
      grip.addEventListener("pointerup", function () { moving = false; map.dragging.enable(); });
      grip.addEventListener("keydown", function (e) {
        if (e.key === "ArrowLeft" || e.key === "ArrowRight") { e.preventDefault(); e.stopPropagation();
          st.share = Math.min(0.98, Math.max(0.02, st.share + (e.key === "ArrowLeft" ? -0.05 : 0.05))); clip(map, st); }
      });
    }
    st.handle.children[0].textContent = view.swipe.left; st.handle.children[1].textContent = view.swipe.right;
    st.handle.lastChild.setAttribute("aria-label", view.swipe.left + " | " + view.swipe.right);
    clip(map, st);
  }

  function clip(map, st) {
    var size = map.getSize(), nw = map.containerPointToLayerPoint([0, 0]), se = map.containerPointToLayerPoint(size);
    var at = st.handle ? size.x * st.share : 0, x = nw.x + at;
    if (st.handle) { st.handle.style.left = at + "px"; st.handle.lastChild.setAttribute("aria-valuenow", Math.round(st.share * 100)); }
    Object.keys(st.layers).forEach(function (id) {
      var side = st.layers[id].options.spec.side, p = map.getPane("tc-" + id);
      p.style.clip = !st.handle || !side ? "" : side === "before"
        ? "rect(" + [nw.y, x, se.y, nw.x].join("px,") + "px)" : "rect(" + [nw.y, se.x, se.y, x].join("px,") + "px)";
    });
  }

  /* ---------------------------------------------------------------- what is here: outline and card at once */
  var PATIENCE = 250; // ms: the page is told of a click when its answer is here, or after this

  function ask(map, st, e) {
    var at = e.latlng, more = !!(e.originalEvent && (e.originalEvent.shiftKey || e.originalEvent.ctrlKey || e.originalEvent.metaKey));
    var turn = st.asked = (st.asked || 0) + 1, told = false;
    function tell() { if (!told) { told = true; st.tell({ kind: "click", lon: at.lng, lat: at.lat, more: more }); } }
    if (!st.view.ask.length || more) { tell(); return; }
    var url = st.base + "identify?lon=" + at.lng.toFixed(7) + "&lat=" + at.lat.toFixed(7) + "&layers=" + st.view.ask.map(encodeURIComponent).join(",") +
      "&geometry=1&card=1&lang=" + st.view.lang + (st.view.cvd ? "&cvd=1" : "");
    setTimeout(tell, PATIENCE);
    fetch(url).then(function (a) { return a.ok ? a.json() : null; }).then(function (found) {
      if (!found || turn !== st.asked) { return; }
      highlight(map, st, found.length ? found[0].feature : null);
      st.selectKey = found.length ? found[0].layer + "/" + found[0].id : "";
      st.clicked[st.selectKey] = true;
      card(st, found.length ? found[0].card : null);
      shorten(st, 20);
    }).catch(function () {}).then(tell);
  }

  function card(st, found) { // texts of data: textContent only
    var box = st.card;
    while (box.firstChild) { box.removeChild(box.firstChild); }
    box.style.display = found ? "" : "none";
    box.dataset.row = found ? found.row_id : "";
    box.classList.remove("tc-brief");
    if (!found) { return; }
    function add(tag, name, text, to) { var el = L.DomUtil.create(tag, name, to || box); el.textContent = text; return el; }
    var head = add("b", "", "");
    L.DomUtil.create("i", "tc-dot", head).style.background = /^#[0-9a-fA-F]{6}$/.test(found.fill) ? found.fill : "#cccccc";
    head.appendChild(document.createTextNode(found.title));
    add("p", "", found.sentence);
    var chips = L.DomUtil.create("div", "", box), list = L.DomUtil.create("dl", "", box);
    found.chips.forEach(function (chip) { add("span", "tc-chip tc-is-" + chip[1], chip[0], chips); });
    found.rows.forEach(function (row) { add("dt", "", row[0], list); add("dd", "", row[1], list); });
    var shut = add("a", "tc-shut", "×");
    shut.href = "#"; shut.setAttribute("role", "button"); shut.title = st.view.words.clear; shut.setAttribute("aria-label", shut.title);
    L.DomEvent.on(shut, "click", function (e) { L.DomEvent.stop(e); card(st, null); });
  }

  function shorten(st, tries) { // the page's own card says the rest, as soon as it is there
    var page = document.querySelector("[data-parcel]");
    if (page && page.dataset.parcel === st.card.dataset.row) { st.card.classList.add("tc-brief"); }
    else if (tries > 0) { setTimeout(function () { shorten(st, tries - 1); }, 200); }
  }

  function select(map, st, view) {
    var want = view.select, key = want ? want.layer + "/" + want.id : "";
    var put = st.cleared !== undefined && view.cleared !== st.cleared;
    st.cleared = view.cleared;
    if (put) { st.wished = ""; st.clicked = {}; }
    else if (key === st.wished) { return; } // the page wishes nothing new; what was clicked since stays
    else {
      st.wished = key;
      // A run tells of the click before the last: its own click is answered here, at once.
      if (key === st.selectKey) { return; }
      if (key in st.clicked && !(want && want.fly)) { delete st.clicked[key]; return; }
    }
    st.selectKey = key; st.clicked = {};
    card(st, null);
    if (!want) { highlight(map, st, null); return; }
    fetch(st.base + "feature/" + encodeURIComponent(want.layer) + "/" + encodeURIComponent(want.id)).then(function (a) { return a.ok ? a.json() : null; })
      .then(function (feature) {
        if (st.selectKey !== key) { return; }
        highlight(map, st, feature);
        if (feature && want.fly) { var b = feature.bbox;
          map.flyToBounds([[b[1], b[0]], [b[3], b[2]]], { maxZoom: 16, padding: [60, 60], duration: 0.7 }); }
      }).catch(function () {});
  }

  function highlight(map, st, feature) {
    if (st.glow) { st.glow.remove(); st.glow = null; }
    if (!feature) { return; }
    st.glow = L.layerGroup([
      L.geoJSON(feature, { pane: "tc-select", interactive: false, style: { color: "#ffffff", weight: 6, opacity: 0.95, fill: false } }),
      L.geoJSON(feature, { pane: "tc-select", interactive: false, style: { color: "#14231c", weight: 2.4, fillColor: "#ffffff", fillOpacity: 0.18 } })
    ]).addTo(map);
  }

  /* ---------------------------------------------------------------- names */
  function labels(map, st, view) {
    var key = view.labels ? view.labels + view.lang : "";
    if (key === st.labelKey) { return; }
    st.labelKey = key; st.names = [];
    if (!key) { showLabels(map, st); return; }
    fetch(st.base + "labels?lang=" + view.lang + "&v=" + view.labels).then(function (a) { return a.ok ? a.json() : []; })
      .then(function (names) { if (st.labelKey === key) { st.names = names; showLabels(map, st); } }).catch(function () {});
  }

  function showLabels(map, st) {
    var zoom = map.getZoom();
    if (st.labels) { st.labels.remove(); }
    st.labels = L.layerGroup((st.names || []).filter(function (n) { return zoom >= n.from && zoom <= n.to; }).map(function (n) {
      var span = document.createElement("span");
      span.textContent = n.text;
      return L.marker([n.lat, n.lon], { pane: "tc-labels", interactive: false, keyboard: false,
        icon: L.divIcon({ className: "tc-name tc-" + n.kind, html: span, iconSize: [0, 0] }) });
    })).addTo(map);
  }

  /* ---------------------------------------------------------------- a small overlay: findings, drafts, a footprint */
  function overlay(map, st, view) {
    var key = view.overlay ? JSON.stringify(view.overlay) : "";
    if (key === st.overlayKey) { return; }
    st.overlayKey = key;
    if (st.overlay) { st.overlay.remove(); st.overlay = null; }
    if (!view.overlay) { return; }
    st.tools.tidy();
    function look(f) {
      var p = f.properties || {}, tone = /^#[0-9a-fA-F]{6}$/.test(p.colour || "") ? p.colour : "#c2185b";
      return { color: tone, weight: 2.2, fillColor: tone, fillOpacity: p.fill === false ? 0 : 0.15, dashArray: p.dashed ? "6 4" : null };
    }
    pane(map, "tc-overlay", 600);
    st.overlay = L.geoJSON(view.overlay, {
      pane: "tc-overlay", style: look, pmIgnore: true,
      pointToLayer: function (f, at) { return L.circleMarker(at, Object.assign({ pane: "tc-overlay", radius: 7 }, look(f), { fillOpacity: 0.55 })); },
      onEachFeature: function (f, layer) {
        var p = f.properties || {}, words;
        if (p.title) { words = document.createElement("span"); words.textContent = p.title; layer.bindTooltip(words, { sticky: true, className: "tc-tip" }); }
        if (p.id !== undefined) { layer.on("click", function (e) {
          if (st.drawing) { return; }
          L.DomEvent.stop(e); st.tell({ kind: "overlay", id: String(p.id) }); }); }
      }
    }).addTo(map);
  }

  /* ---------------------------------------------------------------- background of the office's choice; none by default */
  function backdrop(map, st, view) {
    var key = JSON.stringify(view.backdrop || []);
    if (key === st.backdropKey) { return; }
    st.backdropKey = key;
    (st.backdrops || []).forEach(function (layer) { layer.remove(); });
    pane(map, "tc-backdrop", 205);
    st.backdrops = (view.backdrop || []).map(function (one) {
      return L.tileLayer(one.url, Object.assign({}, one.options, { pane: "tc-backdrop" })).addTo(map);
    });
  }

  /* ---------------------------------------------------------------- the one entry */
  function apply(map, st, view) {
    st.view = view;
    st.base = view.base;
    st.homeBounds = view.home;
    st.start = view.start;
    map.getContainer().lang = view.lang === "zh" ? "zh-CN" : "en";
    st.badge.box.textContent = view.badge || "";
    st.badge.box.style.display = view.badge ? "" : "none";
    if (map.zoomControl) {
      map.zoomControl._zoomInButton.title = view.words.zoom_in; map.zoomControl._zoomOutButton.title = view.words.zoom_out;
    }
    st.tools.apply(view);
    settle(map, st);
    backdrop(map, st, view);
    layers(map, st, view);
    swipe(map, st, view);
    select(map, st, view);
    labels(map, st, view);
    overlay(map, st, view);
    if (view.fly && view.fly.n !== st.flown) {
      if (st.flown !== null || !(st.start || st.tools.linked())) { map.flyToBounds(view.fly.bounds, { duration: 0.7, padding: [10, 10], maxZoom: 17 }); }
      st.flown = view.fly.n;
    } else if (!view.fly && st.flown === null) { st.flown = 0; }
  }

  function show(host, view, tell) {
    var st = host._tianchou;
    if (!st) { st = host._tianchou = begin(host, view, tell); }
    st.tell = tell;
    window.map = st.map; // a handle for tests and for curious people at the console
    apply(st.map, st, view);
  }

  function close(host) {
    var st = host._tianchou;
    if (!st) { return; }
    host._tianchou = null;
    if (st.sizes) { st.sizes.disconnect(); }
    st.tools.end();
    st.map.stop(); st.map._animatingZoom = false; // else the end of a zoom is told to a map that is gone
    st.map.remove();
    if (window.map === st.map) { window.map = null; }
  }

  window.tianchou = { show: show, close: close, highlight: highlight };
})();
