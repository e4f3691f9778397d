/* 田畴 tiles: canvas vector tiles at large scales and painted tiles at small ones, both from the app's own routes.
   ES2018, canvas 2D, no dependency but Leaflet. Sets window.tianchouTiles. */
(function () {
  "use strict";
  if (window.tianchouTiles) { return; }

  var OUTLINE_FROM = 14; // hairlines between parcels only from this zoom
  var GRAIN_FROM = 15; // fine patterns over a fill, where a parcel has room for them
  var EXTENT = 4096;

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

  function readTile(bytes) {
    var reader = new Reader(bytes), features = [], words = [];
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

  /* A fine pattern for a fill whose neighbour in the legend is near in colour. */
  function grain(ctx, kind, colour, ratio) {
    var id = "grain" + kind + colour + ratio, size = Math.round(16 * ratio), c, p, i;
    if (!patterns[id]) {
      c = document.createElement("canvas"); c.width = c.height = size; p = c.getContext("2d");
      p.strokeStyle = p.fillStyle = colour; p.lineWidth = ratio; p.beginPath();
      if (kind === "dots") {
        p.arc(size / 4, size / 4, 1.2 * ratio, 0, 7); p.closePath(); p.arc(size * 0.75, size * 0.75, 1.2 * ratio, 0, 7); p.fill();
      } else if (kind === "dashes") {
        [[0.06, 0.25], [0.56, 0.75]].forEach(function (at) { p.moveTo(at[0] * size, at[1] * size); p.lineTo((at[0] + 0.38) * size, at[1] * size); });
        p.stroke();
      } else {
        for (i = -1; i <= 1; i++) {
          if (kind !== "back") { p.moveTo((i - 0.5) * size, size * 1.5); p.lineTo((i + 1.5) * size, -size * 0.5); }
          if (kind !== "diagonal") { p.moveTo((i - 0.5) * size, -size * 0.5); p.lineTo((i + 1.5) * size, size * 1.5); }
        }
        p.stroke();
      }
      patterns[id] = c;
    }
    var found = ctx.createPattern(patterns[id], "repeat");
    found.setTransform(new DOMMatrix([1 / ratio, 0, 0, 1 / ratio, 0, 0]));
    return found;
  }

  function sharpness() { return Math.round(256 * Math.min(2, Math.max(1, window.devicePixelRatio || 1))); }

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
      if (s.grain && zoom >= GRAIN_FROM) { ctx.fillStyle = grain(ctx, s.grain, s.stroke, ratio); ctx.fill(feature.path); }
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

  /* ---------------------------------------------------------------- one request a place: all layers that ask in one breath */
  var waiting = {};
  function ask(base, coords, ext, spec, give) {
    var key = [base, ext, coords.z, coords.x, coords.y, spec.v, spec.cvd && ext === "png" ? 1 : 0].join("|"), bundle = waiting[key];
    if (!bundle) {
      bundle = waiting[key] = { asked: [], alive: 0, stop: new AbortController() };
      setTimeout(function () { delete waiting[key]; send(base, coords, ext, spec, bundle); }, 0);
    }
    var one = { source: spec.source, give: give, drop: function () {
      if (!one.give) { return; }
      one.give = null;
      if (--bundle.alive === 0) { bundle.stop.abort(); }
    } };
    bundle.alive++; bundle.asked.push(one);
    return one;
  }

  function send(base, coords, ext, spec, bundle) {
    var asked = bundle.asked.filter(function (one) { return one.give; });
    function tell(parts) {
      asked.forEach(function (one, i) { var give = one.give; one.give = null; if (give) { give(parts[i] || null); } });
    }
    if (!asked.length) { return; }
    var url = base + "bundle/" + coords.z + "/" + coords.x + "/" + coords.y + "." + ext + "?s=" +
      asked.map(function (one) { return encodeURIComponent(one.source); }).join(",") + "&v=" + spec.v +
      (ext === "png" && spec.cvd ? "&cvd=1" : "") + (ext === "png" && (window.devicePixelRatio || 1) < 1.3 ? "&px=256" : "");
    fetch(url, { signal: bundle.stop.signal }).then(function (answer) { return answer.status === 200 ? answer.arrayBuffer() : null; })
      .then(function (buffer) { tell(buffer ? parts(buffer) : []); })
      .catch(function (fault) { if (fault.name !== "AbortError") { tell([]); } });
  }

  function parts(buffer) { // four bytes of length, then so many bytes, layer after layer
    var view = new DataView(buffer), at = 0, found = [];
    while (at + 4 <= buffer.byteLength) {
      var length = view.getUint32(at); at += 4;
      found.push(new Uint8Array(buffer, at, length)); at += length;
    }
    return found;
  }

  var TileLayer = L.GridLayer.extend({
    onAdd: function (map) {
      L.GridLayer.prototype.onAdd.call(this, map);
      if (this._frees) { return; }
      this._frees = true;
      this.on("tileunload", function (e) { // what nobody will see is not waited for, and its memory goes at once
        e.tile.ask.drop(); e.tile.gone = true;
        e.tile.width = e.tile.height = 1;
      });
    },
    createTile: function (coords, done) {
      return coords.z < this.options.spec.vector ? this._painted(coords, done) : this._drawn(coords, done);
    },
    _painted: function (coords, done) { // onto a canvas, whose memory can be given back; pictures stay in the browser's caches
      var canvas = document.createElement("canvas");
      canvas.width = canvas.height = 1;
      canvas.ask = ask(this.options.base, coords, "png", this.options.spec, function (bytes) {
        if (!bytes || !bytes.length) { done(null, canvas); return; }
        createImageBitmap(new Blob([bytes], { type: "image/png" })).then(function (picture) {
          if (!canvas.gone) {
            canvas.width = picture.width; canvas.height = picture.height;
            canvas.getContext("2d").drawImage(picture, 0, 0);
          }
          picture.close();
        }).catch(function () { /* no picture: the place stays empty */ }).then(function () { done(null, canvas); });
      });
      return canvas;
    },
    _drawn: function (coords, done) {
      var canvas = document.createElement("canvas"), self = this;
      canvas.width = canvas.height = 1; // a tile without anything in it costs no picture
      canvas.ask = ask(this.options.base, coords, "mvt", this.options.spec, function (bytes) {
        var features = bytes && bytes.length ? readTile(bytes) : [];
        if (features.length) { canvas.width = canvas.height = sharpness(); }
        paint(canvas, features, self.options.spec.styles, coords.z);
        done(null, canvas);
      });
      return canvas;
    }
  });

  window.tianchouTiles = { Layer: TileLayer, read: readTile };
})();
