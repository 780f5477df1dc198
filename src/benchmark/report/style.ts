import type { Looks } from './looks.ts'

/** Stages of a bar, in their order: neighbours differ in lightness as well as in hue. The last one is the stream, nearly grey. */
const stages = [
  [0.42, 0.11, 310], [0.56, 0.11, 262], [0.42, 0.11, 235], [0.55, 0.11, 185], [0.42, 0.11, 150], [0.55, 0.11, 75], [0.46, 0.11, 40], [0.58, 0.03, 255],
] as const

const light = '--page:#fff;--ink:#1c2127;--quiet:#59636e;--rule:#dde1e6;--grid:#e9ecef;--link:#0b5cad;--bad:#b3261e;--on-stage:#fff;'
  + '--warn:#fff4d6;--warn-ink:#5c3b00;--warn-edge:#d98e00'
const dark = '--page:#14171b;--ink:#e6e9ed;--quiet:#a0a9b4;--rule:#30363d;--grid:#262b31;--link:#7ab7ff;--bad:#ff8a80;--on-stage:#101316;'
  + '--warn:#332800;--warn-ink:#ffdf94;--warn-edge:#d98e00'

/** The style of the page. Light is the basis; a dark screen changes the colors only; paper is always light. */
export function pageStyle(looks: Looks): string {
  const stageColors = (lighter: number) => stages.map(([lightness, chroma, hue], place) => (
    `--stage-${place}:oklch(${(lightness + lighter).toFixed(2)} ${chroma} ${hue})`
  )).join(';')
  return `
:root{${light};${looks.light};${stageColors(0)}}
@media screen and (prefers-color-scheme:dark){:root:not(.printing){${dark};${looks.dark};${stageColors(0.22)}}}
${layout}${stages.map((_, place) => `.stage-${place}{background:var(--stage-${place})}`).join('\n')}
${narrow}${paper}`
}

const layout = `
*{box-sizing:border-box}
html{color-scheme:light dark;-webkit-text-size-adjust:100%}
body{margin:0;background:var(--page);color:var(--ink);font:.9375rem/1.55 system-ui,-apple-system,"Segoe UI",Roboto,"Helvetica Neue",Arial,sans-serif}
main{max-width:76rem;margin:0 auto;padding:3.5rem 2rem 5rem}
h1,h2,h3,p,ul,dl,figure{margin:0}
h1{font-size:2rem;line-height:1.2;font-weight:650;letter-spacing:-.015em;overflow-wrap:anywhere}
h2{font-size:1.25rem;line-height:1.3;font-weight:620;letter-spacing:-.005em}
h3{font-size:1rem;font-weight:620;overflow-wrap:anywhere;scroll-margin-top:1rem}
small{font-size:.8125em}
a{color:var(--link);text-decoration:none}
a:hover{text-decoration:underline}
a:focus-visible,.scroll:focus-visible{outline:2px solid var(--link);outline-offset:2px}
.over{color:var(--quiet);font-size:.875rem;margin-bottom:.25rem}
.quiet,.intro,.facts,figcaption .at,dt,.legend small{color:var(--quiet)}
dl{margin-top:1.75rem;display:grid;grid-template-columns:1fr 1fr;gap:1rem 3rem;font-size:.875rem}
dl div{display:grid;grid-template-columns:5.5rem 1fr;gap:.75rem;min-width:0}
dd{margin:0;min-width:0;overflow-wrap:anywhere}
dd ul,.notes ul{padding:0;list-style:none}
dd li+li{margin-top:.125rem}
dd b{font-weight:600}
main>section{margin-top:3.5rem}
.intro{margin-top:.25rem}
p{max-width:54rem;text-wrap:pretty}
section>p{margin-top:.5rem}
.notes{background:var(--warn);color:var(--warn-ink);border-left:4px solid var(--warn-edge);border-radius:4px;padding:1rem 1.25rem;max-width:none}
main>.notes{margin-top:2rem}
.notes h2{font-size:1rem}
.notes li{max-width:68rem;margin-top:.375rem;overflow-wrap:anywhere}
.warning{background:var(--warn);color:var(--warn-ink);border-left:4px solid var(--warn-edge);border-radius:4px;padding:.5rem .875rem}
.warning{font-size:.875rem;overflow-wrap:anywhere;text-align:left;white-space:normal}
.scroll{overflow-x:auto;margin-top:1rem}
table{border-collapse:collapse;font-size:.8125rem;line-height:1.4;font-variant-numeric:tabular-nums;min-width:100%}
caption{text-align:left;color:var(--quiet);padding-bottom:.625rem}
caption span{display:inline-block;position:sticky;left:0;max-width:calc(100vw - 4rem)}
th,td{padding:.4375rem .375rem;text-align:right;vertical-align:top;white-space:nowrap}
tbody th,thead tr:first-child th:first-child{text-align:left;padding-left:0;position:sticky;left:0;z-index:1;background:var(--page)}
th:last-child,td:last-child{padding-right:0}
thead th{font-weight:500;color:var(--quiet);vertical-align:bottom;padding-top:.25rem;padding-bottom:.25rem}
thead tr:last-child th{border-bottom:1px solid var(--rule)}
thead th[rowspan]{border-bottom:1px solid var(--rule)}
thead th[scope=colgroup]{text-align:left;padding-left:1.375rem;color:var(--ink)}
thead th[scope=colgroup]{background:linear-gradient(var(--rule),var(--rule)) 100% 100%/calc(100% - 1.375rem) 1px no-repeat}
.summary td:nth-child(4n),.summary td:nth-child(13),.summary td:nth-child(2),.self td:nth-child(3n+2),th.first{padding-left:1.375rem}
tbody th{font-weight:550;max-width:16rem;white-space:normal;overflow-wrap:anywhere;min-width:8rem}
tbody tr{border-top:1px solid var(--rule)}
thead+tbody tr:first-child,tbody tr.limited{border-top:0}
td small,th small{display:block;color:var(--quiet);font-weight:400;font-size:.6875rem}
.none,.count{color:var(--quiet)}
.bad{color:var(--bad);font-weight:600}
.text{text-align:left}
td.text:not(:first-child),th.text{padding-left:1.25rem}
.long{white-space:normal;min-width:18rem;overflow-wrap:anywhere}
code{font:.9em ui-monospace,SFMono-Regular,Menlo,Consolas,monospace}
tr.limited td{padding:0 0 .625rem}
tr.limited .warning{position:sticky;left:0;width:fit-content;max-width:min(52rem,calc(100vw - 4rem))}
.metrics :is(td,thead th):not(:last-child){padding-right:.625rem}
.metrics tbody th{white-space:nowrap;min-width:0}
.self{min-width:0}
.self th[colspan="1"]{text-align:right}
.metrics td small{display:inline;margin-left:.375rem}
.result{margin-top:2rem}
.result .facts{font-size:.8125rem;max-width:none}
.result .warning{margin-top:.75rem;width:fit-content}
.charts{display:grid;grid-template-columns:repeat(2,minmax(0,1fr));gap:2.5rem 2.5rem;margin-top:1.25rem}
.charts.alone{grid-template-columns:minmax(0,1fr)}
figure{min-width:0}
figcaption{display:flex;flex-wrap:wrap;justify-content:space-between;gap:0 1rem;font-size:.875rem}
figcaption strong{font-weight:600;overflow-wrap:anywhere;min-width:0}
.at,.value{font-variant-numeric:tabular-nums}
.plot{height:250px;overflow:hidden}
.axis{max-width:none;padding:0 1rem 0 3rem;color:var(--quiet);font-size:.75rem;line-height:1.35;text-align:center;text-wrap:balance}
.uplot{font:inherit}
.u-hz .u-cursor-x{border-right:1px solid var(--quiet)}
.legend{list-style:none;padding:0;margin-top:.5rem;font-size:.8125rem;line-height:1.45}
.legend{display:grid;grid-template-columns:repeat(auto-fill,minmax(min(15.5rem,100%),1fr));gap:.25rem 1.25rem}
.legend li{display:flex;align-items:baseline;gap:.5rem;min-width:0}
.legend .name{flex:1;min-width:0;overflow-wrap:anywhere}
.legend small{white-space:nowrap}
.legend svg{flex:none;position:relative;top:-1px;fill:none}
.stages{margin-top:1rem}
.stages i{flex:none;width:.75rem;height:.75rem;border-radius:2px;position:relative;top:1px}
.bars{margin-top:1.25rem}
.bar-row{display:grid;grid-template-columns:12rem 1fr 5rem;gap:1rem;align-items:center;padding:.4375rem 0}
.bar-name{font-size:.8125rem;font-weight:550;line-height:1.35;overflow-wrap:anywhere;min-width:0}
.bar-name small{display:block;font-weight:400;font-size:.75rem;color:var(--quiet)}
.bar-name b{color:var(--bad);font-weight:600}
.bar-total{font-size:.8125rem;text-align:right;font-variant-numeric:tabular-nums}
.bar{display:flex;height:1.75rem;min-width:2px}
.part{container-type:inline-size;overflow:hidden;min-width:0;border-right:1px solid var(--page)}
.part{color:var(--on-stage);font-size:.75rem;line-height:1.75rem;font-variant-numeric:tabular-nums}
.part:last-child{border-right:0}
.part span{display:none;padding:0 .5rem;white-space:nowrap}
.part em{display:none;font-style:normal}
@container (min-width:3rem){.part span{display:block}}
@container (min-width:5.75rem){.part em{display:inline}}
`

const narrow = `
@media screen and (max-width:52rem){
main{padding:2rem 1rem 3rem}
h1{font-size:1.5rem}
main>section{margin-top:2.75rem}
dl,.charts{grid-template-columns:minmax(0,1fr)}
dl div{grid-template-columns:4.75rem 1fr}
.plot{height:215px}
tbody th{max-width:9rem}
tr.limited .warning,caption span{max-width:calc(100vw - 2rem)}
.metrics td.text,.metrics th.text{white-space:normal;min-width:8.5rem;padding-left:.5rem}
.bar-row{grid-template-columns:1fr auto;gap:.125rem 1rem}
.bar-line{grid-column:1/-1;grid-row:2}
}`

const paper = `
@page{size:landscape;margin:14mm}
@media print{
html{color-scheme:light;font-size:12.5px}
body{-webkit-print-color-adjust:exact;print-color-adjust:exact}
main{max-width:none;padding:0}
main>section{margin-top:2.25rem}
dl,.charts{grid-template-columns:repeat(2,minmax(0,1fr))}
.charts{gap:1.5rem}
.plot{height:175px}
.scroll{overflow:visible}
h2,h3,.intro,.facts,caption,thead{break-after:avoid}
figure,tr,.summary tbody,.self tbody,.bar-row,.notes,.keep,.result .warning{break-inside:avoid}
tbody th,thead tr:first-child th:first-child{position:static;background:none}
a{color:inherit}
}`
