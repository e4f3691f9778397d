/* 田畴 map layer: canvas vector tiles (z >= 12) and painted tiles (below) of the app's own routes, highlight,
   swipe, labels. One entry: tianchou.apply(map, view), called again with every change; nothing is rebuilt that stayed.
   ES2018, canvas 2D, no dependency but Leaflet. All text goes in by textContent. */
(function () {
  "use strict";
  if (window.tianchou) { return; }

  var VECTOR_FROM = 12;
  var OUTLINE_FROM = 14; // hairlines between parcels only from this zoom
  var EXTENT = 4096;
  var BASE = "../../"; // the component's iframe lives at /component/streamlit_folium.st_folium/

  /* ---------------------------------------------------------------- vector tile: one feature a sign */
  function Reader(bytes) { this.b = bytes; this.p = 0; }
  Reader.prototype.varint = function () {
    var value = 0, shift = 1, byte;
    do { byte = this.b[this.p++]; value += (byte & 0x7f) * shift; shift *= 128; } while (byte > 0x7f);
    return value;
  };
  Reader.prototype.each = function (end, visit) {
    while (this.p < end) {
      var head = this.varint(), field = head >>> 3, kind = head & 7, length, stop;
      if (kind === 0) { visit(field, this.varint()); continue; }
      length = this.varint(); stop = this.p + length;
      visit(field, null, this.p, stop);
      this.p = stop;
    }
  };

  function readTile(buffer) {
    var reader = new Reader(new Uint8Array(buffer)), features = [], words = [];
    reader.each(reader.b.length, function (field, value, from, to) {
      if (field !== 3) { return; }
      reader.each(to, function (f, v, a, b) {
        if (f === 2) { features.push([a, b]); }
        if (f === 4) { reader.p = a; reader.each(b, function (g, w, c, d) {
          if (g === 1) { words.push(new TextDecoder().decode(reader.b.subarray(c, d))); } }); }
      });
    });
    return features.map(function (range) {
      var word = 0, path = new Path2D();
      reader.p = range[0];
      reader.each(range[1], function (field, value, from, to) {
        reader.p = from === undefined ? reader.p : from;
        if (field === 2) { reader.varint(); word = reader.varint(); }
        if (field === 4) { readPath(reader, to, path); }
      });
      return { key: words[word], path: path };
    });
  }

  function readPath(reader, end, path) {
    var x = 0, y = 0, scale = 256 / EXTENT, command, count, n;
    while (reader.p < end) {
      n = reader.varint(); command = n & 7; count = n >>> 3;
      if (command === 7) { path.closePath(); continue; }
      while (count--) {
        n = reader.varint(); x += (n >>> 1) ^ -(n & 1);
        n = reader.varint(); y += (n >>> 1) ^ -(n & 1);
        if (command === 1) { path.moveTo(x * scale, y * scale); } else { path.lineTo(x * scale, y * scale); }
      }
    }
  }

  /* ---------------------------------------------------------------- painting */
  var patterns = {};
  function hatch(ctx, kind, colour, ratio) {
    var id = kind + colour + ratio, size = Math.round(8 * ratio), c, p, i;
    if (!patterns[id]) {
      c = document.createElement("canvas"); c.width = c.height = size; p = c.getContext("2d");
      p.strokeStyle = p.fillStyle = colour; p.lineWidth = ratio;
      if (kind === "dots") { p.beginPath(); p.arc(size / 2, size / 2, 1.1 * ratio, 0, 7); p.fill(); } else {
        p.beginPath();
        for (i = -1; i <= 1; i++) {
          if (kind !== "back") { p.moveTo((i - 0.5) * size, size * 1.5); p.lineTo((i + 1.5) * size, -size * 0.5); }
          if (kind !== "diagonal") { p.moveTo((i - 0.5) * size, -size * 0.5); p.lineTo((i + 1.5) * size, size * 1.5); }
        }
        p.stroke();
      }
      patterns[id] = c;
    }
    return ctx.createPattern(patterns[id], "repeat");
  }

  function paint(canvas, features, styles, zoom) {
    var ratio = canvas.width / 256, ctx = canvas.getContext("2d");
    ctx.setTransform(1, 0, 0, 1, 0, 0);
    ctx.clearRect(0, 0, canvas.width, canvas.height);
    features.forEach(function (feature) {
      var s = styles[feature.key];
      if (!s) { return; }
      ctx.setTransform(ratio, 0, 0, ratio, 0, 0);
      if (s.fill) { ctx.globalAlpha = s.hatch ? 0.43 : 1; ctx.fillStyle = s.fill; ctx.fill(feature.path); }
      ctx.globalAlpha = 1;
      if (s.hatch) {
        ctx.save(); ctx.clip(feature.path); ctx.setTransform(1, 0, 0, 1, 0, 0);
        ctx.fillStyle = hatch(ctx, s.hatch, s.stroke || s.fill, ratio);
        ctx.fillRect(0, 0, canvas.width, canvas.height); ctx.restore();
      }
      if (s.stroke && (s.width >= 0.4 || zoom >= OUTLINE_FROM)) {
        ctx.strokeStyle = s.stroke; ctx.lineJoin = "round";
        ctx.lineWidth = Math.max(0.5, s.width * (zoom >= 15 ? 1.6 : 1.25));
        ctx.stroke(feature.path);
      }
    });
  }

  var TileLayer = L.GridLayer.extend({
    createTile: function (coords, done) {
      return coords.z < VECTOR_FROM ? this._painted(coords, done) : this._drawn(coords, done);
    },
    address: function (coords, ext) {
      var spec = this.options.spec;
      return BASE + "tiles/" + spec.source + "/" + coords.z + "/" + coords.x + "/" + coords.y + "." + ext +
        "?v=" + spec.v + (ext === "png" && spec.cvd ? "&cvd=1" : "");
    },
    _painted: function (coords, done) {
      var img = document.createElement("img");
      img.alt = "";
      img.onload = function () { done(null, img); };
      img.onerror = function () { done(null, img); };
      img.src = this.address(coords, "png");
      return img;
    },
    _drawn: function (coords, done) {
      var canvas = document.createElement("canvas"), self = this;
      canvas.width = canvas.height = Math.round(256 * Math.min(2, Math.max(1.5, window.devicePixelRatio || 1)));
      canvas.zoom = coords.z; canvas.stop = new AbortController();
      fetch(this.address(coords, "mvt"), { signal: canvas.stop.signal }).then(function (answer) {
        return answer.status === 200 ? answer.arrayBuffer() : new ArrayBuffer(0);
      }).then(function (buffer) {
        canvas.features = readTile(buffer);
        paint(canvas, canvas.features, self.options.spec.styles, coords.z);
        done(null, canvas);
      }).catch(function (fault) { if (fault.name !== "AbortError") { done(fault, canvas); } });
      return canvas;
    },
    restyle: function () {
      Object.keys(this._tiles || {}).forEach(function (key) {
        var el = this._tiles[key].el;
        if (el.features) { paint(el, el.features, this.options.spec.styles, el.zoom); }
      }, this);
    }
  });

  /* ---------------------------------------------------------------- the map's own state */
  function begin(map) {
    var st = { layers: {}, selectKey: "", flown: null, labels: null, labelKey: "", busy: 0 };
    map.attributionControl.setPrefix(false);
    // Leaflet focuses the map on mouse down; the page would scroll under the pointer and the click miss its parcel.
    map.getContainer().focus = function () { HTMLElement.prototype.focus.call(this, { preventScroll: true }); };
    L.control.scale({ imperial: false, maxWidth: 140 }).addTo(map);
    st.badge = corner("topright", "tc-badge").addTo(map);
    st.where = corner("bottomright", "tc-where").addTo(map);
    st.bar = L.DomUtil.create("div", "tc-bar", map.getContainer());
    st.home = homeButton(map, st).addTo(map);
    pane(map, "tc-labels", 640).style.pointerEvents = "none";
    pane(map, "tc-select", 620);
    map.on("mousemove", function (e) {
      st.where.box.textContent = e.latlng.lng.toFixed(5) + "° E  " + e.latlng.lat.toFixed(5) + "° N";
    });
    map.on("click", function (e) { ask(map, st, e.latlng); });
    map.on("move zoomend resize", function () { clip(map, st); });
    map.on("zoomend", function () { showLabels(map, st); });
    map.on("tileerror", function () { /* a tile that failed stays empty; the server's log has the reason */ });
    if (window.ResizeObserver) {
      new ResizeObserver(function () { map.invalidateSize({ animate: false }); settle(map, st); }).observe(map.getContainer());
    }
    return st;
  }

  function corner(position, name) {
    var Box = L.Control.extend({
      options: { position: position },
      onAdd: function () { this.box = L.DomUtil.create("div", name); return this.box; }
    });
    return new Box();
  }

  function homeButton(map, st) {
    var Home = L.Control.extend({
      options: { position: "topleft" },
      onAdd: function () {
        var bar = L.DomUtil.create("div", "leaflet-bar"), a = L.DomUtil.create("a", "tc-home", bar);
        a.href = "#"; a.setAttribute("role", "button"); a.textContent = "⌂"; this.link = a;
        L.DomEvent.on(a, "click", function (e) { L.DomEvent.stop(e); if (st.homeBounds) { map.flyToBounds(st.homeBounds, { duration: 0.6 }); } });
        L.DomEvent.disableClickPropagation(bar);
        return bar;
      }
    });
    return new Home();
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
    map.fitBounds(st.start || st.homeBounds, { animate: false, padding: [8, 8] });
  }

  /* ---------------------------------------------------------------- layers */
  function layers(map, st, view) {
    var wanted = {};
    view.layers.forEach(function (spec, order) {
      wanted[spec.id] = true;
      var old = st.layers[spec.id], p;
      if (old && (old.options.spec.source !== spec.source || old.options.spec.v !== spec.v)) { drop(map, st, spec.id); old = null; }
      if (!old) {
        p = pane(map, "tc-" + spec.id, 210 + order);
        old = new TileLayer({ pane: "tc-" + spec.id, maxZoom: 20, minZoom: 6, updateWhenZooming: false, keepBuffer: 2,
          bounds: spec.bounds, spec: spec, opacity: spec.opacity });
        old.on("loading", function () { st.busy++; busy(st); });
        old.on("load", function () { st.busy = Math.max(0, st.busy - 1); busy(st); });
        st.layers[spec.id] = old;
      } else {
        pane(map, "tc-" + spec.id, 210 + order);
        var repaint = JSON.stringify(old.options.spec.styles) !== JSON.stringify(spec.styles);
        var cvd = old.options.spec.cvd !== spec.cvd;
        old.options.spec = spec;
        if (repaint) { old.restyle(); }
        if (cvd && map.getZoom() < VECTOR_FROM && map.hasLayer(old)) { old.redraw(); }
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

  function busy(st) { st.bar.style.opacity = st.busy > 0 ? 1 : 0; }

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

  /* ---------------------------------------------------------------- what is here: highlight at once */
  function ask(map, st, at) {
    if (!st.view || !st.view.ask.length) { return; }
    var url = BASE + "identify?lon=" + at.lng.toFixed(7) + "&lat=" + at.lat.toFixed(7) + "&layers=" + st.view.ask.join(",") + "&geometry=1";
    fetch(url).then(function (a) { return a.ok ? a.json() : null; }).then(function (found) {
      if (found && found.length) { highlight(map, st, found[0].feature); st.selectKey = found[0].layer + "/" + found[0].id; }
    }).catch(function () {});
  }

  function select(map, st, view) {
    var want = view.select, key = want ? want.layer + "/" + want.id : "";
    if (key === st.selectKey) { return; }
    st.selectKey = key;
    if (!want) { highlight(map, st, null); return; }
    fetch(BASE + "feature/" + encodeURIComponent(want.layer) + "/" + encodeURIComponent(want.id)).then(function (a) { return a.ok ? a.json() : null; })
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
    fetch(BASE + "labels?lang=" + view.lang + "&v=" + view.labels).then(function (a) { return a.ok ? a.json() : []; })
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

  /* ---------------------------------------------------------------- the one entry */
  function apply(map, view) {
    var st = map._tianchou = map._tianchou || begin(map);
    st.view = view;
    st.homeBounds = view.home;
    st.start = view.start;
    map.getContainer().lang = view.lang === "zh" ? "zh-CN" : "en";
    st.badge.box.textContent = view.badge || "";
    st.badge.box.style.display = view.badge ? "" : "none";
    st.home.link.title = view.words.home; st.home.link.setAttribute("aria-label", view.words.home);
    if (map.zoomControl) {
      map.zoomControl._zoomInButton.title = view.words.zoom_in; map.zoomControl._zoomOutButton.title = view.words.zoom_out;
    }
    settle(map, st);
    layers(map, st, view);
    swipe(map, st, view);
    select(map, st, view);
    labels(map, st, view);
    if (view.fly && view.fly.n !== st.flown) {
      if (st.flown !== null || !st.start) { map.flyToBounds(view.fly.bounds, { duration: 0.7, padding: [10, 10] }); }
      st.flown = view.fly.n;
    } else if (!view.fly && st.flown === null) { st.flown = 0; }
  }

  window.tianchou = { apply: apply, readTile: readTile };
})();
