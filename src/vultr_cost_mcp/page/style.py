"""The style sheet of the page: system fonts, two themes, paper."""

from __future__ import annotations

STYLE = """
:root{color-scheme:light dark;--bg:#fff;--fg:#1b1f24;--muted:#57606a;--line:#d0d7de;--card:#f6f8fa;
--solid:#0a5bb0;--soft:#a9cbee;--up:#b3261e;--down:#1a7f37;--warn:#fff4d6}
@media (prefers-color-scheme:dark){:root{--bg:#0f1419;--fg:#e6edf3;--muted:#a3adb8;--line:#3a424c;
--card:#1a2129;--solid:#6cb6ff;--soft:#33536f;--up:#ff8f87;--down:#63d283;--warn:#3a3112}}
*{box-sizing:border-box}
body{margin:0;background:var(--bg);color:var(--fg);font:16px/1.5 system-ui,-apple-system,"Segoe UI",
Roboto,"DejaVu Sans",sans-serif}
main{max-width:900px;margin:0 auto;padding:16px}
h1{font-size:1.6rem;margin:.2em 0 0}
h2{font-size:1.2rem;margin:1.8em 0 .4em;padding-top:.6em;border-top:1px solid var(--line)}
h3{font-size:1rem;margin:1.2em 0 .2em}
p{margin:.5em 0}
.meta,.note{color:var(--muted);font-size:.875rem}
.headline{font-size:1.1rem}
.banner{background:var(--warn);padding:8px 12px;border-left:4px solid var(--up)}
.figures{display:grid;grid-template-columns:1fr 1fr;gap:8px;
margin:16px 0}
.figures div{background:var(--card);border:1px solid var(--line);border-radius:6px;
padding:8px 12px}
dt{color:var(--muted);font-size:.875rem}
dd{margin:0;font-size:1.15rem;font-weight:600}
dd .note{display:block;font-weight:400}
@media (min-width:600px){.figures{grid-template-columns:repeat(3,1fr)}}
figure{margin:16px 0}
figcaption{font-weight:600}
.legend{font-weight:400;font-size:.875rem;margin-left:8px}
.key{margin-right:12px;white-space:nowrap}
.key:before{content:"";display:inline-block;width:10px;height:10px;margin-right:4px;border-radius:2px;
background:currentColor}
.key.solid:before{background:var(--solid)}.key.soft:before{background:var(--soft)}
.key.up:before{background:var(--up)}.key.down:before{background:var(--down)}
.chart{display:block;overflow:visible}
.chart text{fill:var(--fg);font-size:14px}
.chart .small{fill:var(--muted);font-size:12px;paint-order:stroke;stroke:var(--bg);stroke-width:3px}
.chart .value{font-variant-numeric:tabular-nums}
.chart .solid{fill:var(--solid)}.chart .soft{fill:var(--soft)}
.chart .up{fill:var(--up)}.chart .down{fill:var(--down)}
.chart .axis{stroke:var(--line)}.chart .mark{stroke:var(--fg);stroke-width:2}
.scroll{overflow-x:auto}
table{border-collapse:collapse;width:100%;font-size:.875rem}
.wide table{min-width:640px}
th,td{text-align:left;padding:4px 10px 4px 0;border-bottom:1px solid var(--line);vertical-align:top}
th{color:var(--muted);font-weight:600;white-space:nowrap}
.amount{text-align:right;white-space:nowrap;font-variant-numeric:tabular-nums}
code,pre{font:.875em ui-monospace,Menlo,Consolas,"DejaVu Sans Mono",monospace;
overflow-wrap:anywhere}
td code{overflow-wrap:normal}
pre{background:var(--card);border:1px solid var(--line);border-radius:4px;padding:6px 8px;
margin:6px 0;white-space:pre-wrap}
.items{list-style:none;padding:0;margin:0}
.items>li{padding:8px 0;border-bottom:1px solid var(--line)}
.items p{margin:0}.items ul{margin:4px 0;padding-left:20px}
@media print{:root{color-scheme:light;--bg:#fff;--fg:#000;--muted:#444;--line:#bbb;--card:#fff;
--solid:#0a5bb0;--soft:#a9cbee;--up:#b3261e;--down:#1a7f37;--warn:#fff}
body{font-size:11pt;print-color-adjust:exact;-webkit-print-color-adjust:exact}
main{max-width:none;padding:0}main+main{break-before:page}
.scroll{overflow:visible}.wide table{min-width:0}h2,h2+p,h3,figcaption{break-after:avoid}
figure,tr,p,.items>li,.figures div{break-inside:avoid}
.figures{grid-template-columns:repeat(3,1fr)}}
@page{size:A4;margin:14mm}
"""
