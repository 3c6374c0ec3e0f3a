// A host page: the AppBridge of ext-apps shows the view in a frame, as a client does.
import { AppBridge, PostMessageTransport } from "@modelcontextprotocol/ext-apps/app-bridge";

// GIVEN is {page, probe, result, theme, width}, which the test writes before this script.
const { page, probe, result, theme, width } = GIVEN;
document.body.style.cssText = `margin:0;background:${theme === "dark" ? "#000" : "#eee"}`;
const frame = document.createElement("iframe");
frame.setAttribute("sandbox", "allow-scripts");
frame.style.cssText = `border:0;display:block;width:${width}px;height:1400px`;
document.body.append(frame);
const sizes = [];

window.addEventListener("message", ({ data }) => {
  if (!data || !data.probe) return;
  const shown = document.createElement("pre");
  shown.id = "shown";
  shown.hidden = true;
  const hacked = Boolean(window.HACKED);
  shown.textContent = JSON.stringify({ ...data.probe, sizes, hacked, title: document.title });
  document.body.append(shown);
});

const bridge = new AppBridge(null, { name: "host", version: "1" }, {}, { hostContext: { theme } });
bridge.oninitialized = async () => {
  await bridge.sendToolInput({ arguments: {} });
  await bridge.sendToolResult(result);
};
bridge.onsizechange = ({ height }) => {
  sizes.push(height);
  frame.style.height = `${height}px`;
};
await bridge.connect(new PostMessageTransport(frame.contentWindow, frame.contentWindow));
frame.srcdoc = `${page}<script>${probe}</script>`;
