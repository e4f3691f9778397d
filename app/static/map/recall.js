/* Layers, opacity, order, palette and language of the last visit, put into an address that says none of them. */
(function () {
  try {
    var kept = JSON.parse(localStorage.getItem("tianchou.layers") || "{}"), url = new URL(location.href), p = url.searchParams;
    var shown = kept.shown || {}, fade = kept.opacity || {};
    if (["on", "off", "fade", "order", "cvd", "zone"].some(function (k) { return p.has(k); })) { return; }
    var plain = function (k) { return /^[A-Za-z0-9_-]{1,80}$/.test(k) && k.slice(0, 2) !== "r-"; };
    var list = function (on) { return Object.keys(shown).filter(function (k) { return plain(k) && shown[k] === on; }).slice(0, 60).join(","); };
    var said = {
      on: list(true), off: list(false), cvd: kept.cvd === true ? "1" : "",
      fade: Object.keys(fade).filter(function (k) { return plain(k) && fade[k] >= 0 && fade[k] <= 1; }).slice(0, 60).map(function (k) { return k + ":" + fade[k]; }).join(","),
      order: (Array.isArray(kept.order) ? kept.order : []).filter(plain).slice(0, 60).join(","),
      lang: !p.has("lang") && kept.lang === "en" ? "en" : ""
    };
    Object.keys(said).forEach(function (k) { if (said[k]) { p.set(k, said[k]); } });
    history.replaceState(history.state, "", url.toString().replace(/%2C/g, ",").replace(/%3A/g, ":"));
  } catch (e) { /* private browsing, or something else under that name */ }
})();
