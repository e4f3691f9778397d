/* Mounts the map in Streamlit's page: loads the app's own scripts once, then hands every change to tianchou.show. */
export default function (component) {
  const { parentElement, data, setTriggerValue } = component;
  const host = parentElement.querySelector(".tc-host");
  const once = (window.tianchouScripts = window.tianchouScripts || {});
  const load = (url) => once[url] || (once[url] = new Promise((done, fail) => {
    const tag = document.createElement("script");
    tag.src = url; tag.async = false; tag.onload = done; tag.onerror = () => { delete once[url]; fail(new Error(url)); };
    document.head.appendChild(tag);
  }));
  host.style.height = data.height ? data.height + "px" : "";
  const turn = (host.turn = {});
  Promise.all(data.scripts.map(load)).then(() => { // asked all at once, run in their order
    if (host.turn !== turn) { return; } // a newer view came, or the page went, while the scripts were loading
    window.tianchou.show(host, data.view, (told) => setTriggerValue("event", told));
  });
  return () => {
    if (host.turn !== turn) { return; }
    host.turn = null;
    if (window.tianchou) { window.tianchou.close(host); }
  };
}
