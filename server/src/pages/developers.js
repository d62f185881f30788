// The forms of /developers show the answer of a request, or the frames of a socket until the next one is opened.
let socket, at = (id) => document.getElementById(id);
const say = (text) => (at("out").textContent += `${text}\n`);
async function send({ dataset: { method, type, protocol }, elements: { path, body } }) {
  const token = at("token").value, text = body?.value;
  // The part of the query that holds a token is dropped without one.
  const url = path.value.replace(/[?&][^?&]*\{token\}[^&]*/, (part) => token && part.replace("{token}", encodeURIComponent(token)));
  if (method === "SOCKET" || socket?.readyState !== 1) { socket?.close(); at("out").textContent = ""; }
  say(`${method} ${url}`);
  if (method !== "SOCKET") {
    const headers = { ...(text && { "content-type": type }), ...(token && { authorization: `Bearer ${token}` }) };
    const answer = await fetch(url, { method, headers, body: text });
    return say([answer.status, ...[...answer.headers].map((pair) => pair.join(": ")), "", await answer.text()].join("\n"));
  }
  socket = new WebSocket(new URL(url, location.href.replace("http", "ws")), protocol || []);
  socket.onopen = () => (say("open"), text && socket.send(text));
  socket.onmessage = ({ data }) => say(data.size ? `a packet of ${data.size} bytes` : data);
  socket.onclose = ({ code, reason }) => say(`closed: ${code} ${reason}`);
}
for (const copy of document.querySelectorAll("[data-copy]")) {
  copy.hidden = false;
  const done = () => (copy.firstChild.textContent = at("copied").textContent = "Copied");
  copy.onclick = () => navigator.clipboard?.writeText(copy.previousElementSibling.textContent).then(done, say);
}
document.onsubmit = (event) => event.preventDefault() || send(event.target).catch(say);
