// SPDX-License-Identifier: GPL-2.0-only
/** The stylesheet of every page: light and dark, screen and paper, wide and narrow. */

import { colourStyles } from '../backend-colours.ts';

export const STYLESHEET = `
:root{color-scheme:light dark;--paper:#fff;--ink:#1b1f24;--soft:#57606a;--line:#d0d7de;--fine:#eceff2;--shade:#f6f8fa;
--link:#0550ae;--bad:#b3261e;--good:#1a6b34;--warn:#7a4d00;--warnbg:#fff8e6;--mark:#dbeafe;
--faster:#0072b2;--slower:#c25100;
--guest:#2f6fb8;--host:#b0641a;--between:#7d5bb5}
@media screen and (prefers-color-scheme:dark){:root{--paper:#0f1318;--ink:#e6eaef;--soft:#a3adb8;--line:#3a434d;--fine:#222931;--shade:#171d24;
--link:#79b8ff;--bad:#ff8a80;--good:#6fd18c;--warn:#f0c060;--warnbg:#2a2313;--mark:#1d3352;
--faster:#56b4e9;--slower:#f59042;
--guest:#6aa9ec;--host:#e0974c;--between:#b498e6}}
${colourStyles('light')}
@media screen and (prefers-color-scheme:dark){${colourStyles('dark')}}
*{box-sizing:border-box}
html{scroll-padding-top:1rem}
body{margin:0 auto;max-width:84rem;padding:1rem 1.25rem 4rem;background:var(--paper);color:var(--ink);font:16px/1.5 system-ui,-apple-system,"Segoe UI","Liberation Sans",sans-serif}
a{color:var(--link)}
h1{font-size:1.6rem;line-height:1.2;margin:.5rem 0;overflow-wrap:anywhere}.id{display:inline-block;max-width:100%}
h2{font-size:1.25rem;margin:2.5rem 0 .5rem;padding-bottom:.25rem;border-bottom:1px solid var(--line);overflow-wrap:anywhere}
h3,h4{font-size:1rem;margin:1.5rem 0 .5rem;overflow-wrap:anywhere}
p,li{overflow-wrap:anywhere}
main section{content-visibility:auto;contain-intrinsic-size:auto 60rem}
.skip{position:absolute;left:-999rem}
.skip:focus{left:1rem;top:1rem;background:var(--paper);padding:.5rem 1rem;outline:2px solid var(--link);z-index:9}
:focus-visible{outline:2px solid var(--link);outline-offset:2px}
main:focus{outline:none}.lead{color:var(--soft);margin:.25rem 0}
nav.contents ul{display:flex;flex-wrap:wrap;gap:.25rem 1.25rem;list-style:none;margin:1rem 0;padding:0}
.probe{font-weight:700;margin-right:.35em}.key{font-weight:400;color:var(--soft)}
.kind{color:var(--soft);font-size:.85em}
.wide{position:relative;overflow-x:auto;max-width:100%;margin:.5rem 0}
table{border-collapse:collapse;font-size:.875rem;font-variant-numeric:tabular-nums}
th,td{padding:.3rem .6rem;border-bottom:1px solid var(--line);text-align:left;vertical-align:top}
thead th{white-space:nowrap;border-bottom:2px solid var(--line);vertical-align:bottom}
.figures td,.figures thead th:not(:first-child){text-align:right;white-space:nowrap}
.figures tbody th{font-weight:600;white-space:nowrap}
.dense th,.dense td{padding:.3rem .4rem}.figures tbody tr:hover{background:var(--shade)}
.nothing{color:var(--soft)}.ranked{color:var(--c)}
.opens{display:none;font-size:.8rem;color:var(--soft)}
@media screen and (max-width:56rem){.figures th,.figures td{padding-left:.3rem;padding-right:.3rem}.folding:has(.narrow-shut)>.opens{display:inline-block}.folding:not(:has(:checked)) .narrow-shut{display:none}}
@media screen and (max-width:40rem){.figures{font-size:.8rem}.figures th,.figures td{padding-left:.2rem;padding-right:.2rem}.folding .swatch{width:14px}.folding:has(.phone-shut)>.opens{display:inline-block}.folding:not(:has(:checked)) .phone-shut{display:none}}
.environment th{font-weight:600;min-width:10rem}.environment th a{white-space:nowrap}.environment td{overflow-wrap:anywhere;min-width:8rem}
tr.differs{background:var(--mark)}.sign{color:var(--bad);font-weight:700}
th button{all:unset;cursor:pointer}th button:focus-visible{outline:2px solid var(--link)}
th[aria-sort=ascending] button::after{content:" ▲"}th[aria-sort=descending] button::after{content:" ▼"}
.tools{display:flex;flex-wrap:wrap;gap:.5rem;align-items:center;margin:.25rem 0}
button.tool{font:inherit;font-size:.8rem;padding:.15rem .6rem;border:1px solid var(--soft);border-radius:.3rem;background:var(--shade);color:var(--ink);cursor:pointer}
.hidden{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%);white-space:nowrap}
.alert{border-left:.3rem solid var(--bad);background:var(--warnbg);padding:.25rem 1rem;margin:1rem 0}
.warnings li,.gaps li{margin:.3rem 0}.warnings li::marker{color:var(--warn)}.failures li::marker{color:var(--bad)}
.counts,.notes,figcaption{color:var(--soft);font-size:.875rem}
.sentences{padding-left:1.2rem}.sentences .v-failed{color:var(--bad);font-weight:600}.sentences .v-holds{color:var(--good)}
details{margin:.5rem 0}summary{cursor:pointer;color:var(--link)}
figure{margin:.5rem 0 1rem}
.legend{display:flex;flex-wrap:wrap;gap:.25rem 1.25rem;list-style:none;padding:0;margin:.5rem 0;font-size:.875rem}
.swatch{vertical-align:middle}
svg.chart{display:block;max-width:100%;min-width:31rem;height:auto;font:12px system-ui,-apple-system,"Segoe UI","Liberation Sans",sans-serif}
.on-desk,.on-phone{position:relative}.on-phone{display:none}svg.chart.large{min-width:56rem;width:100%}svg.chart.natural{min-width:0;max-width:none}
.chart text{fill:var(--ink)}.chart .axis text,.chart .name,.chart .faint{fill:var(--soft)}
.grid{stroke:var(--line)}.fine{stroke:var(--fine)}.base{stroke:var(--soft)}.zero{stroke:var(--ink);stroke-dasharray:3 3}
.line{fill:none;stroke-width:1.8;stroke-linejoin:round}.bars{stroke:none;fill-opacity:.75}
.line,.band{stroke:var(--c)}.bars{fill:var(--c)}
.d1{stroke-dasharray:7 3}.d2{stroke-dasharray:2 2}.d3{stroke-dasharray:9 3 2 3}.d4{stroke-dasharray:4 4}.d5{stroke-dasharray:12 4}.d6{stroke-dasharray:2 4}.d7{stroke-dasharray:6 2 2 2 2 2}
.line.b-twin{stroke-width:1.3}.chart .label{font-size:11.5px;paint-order:stroke;stroke:var(--paper);stroke-width:3px;stroke-linejoin:round}
.cross{stroke:var(--soft);stroke-width:1;pointer-events:none}
.values{position:absolute;pointer-events:none;z-index:2;padding:.25rem .5rem;border:1px solid var(--soft);border-radius:.3rem;background:var(--paper);font-size:.8rem;line-height:1.4;white-space:nowrap;font-variant-numeric:tabular-nums}
.values i{display:inline-block;width:.7em;height:.7em;margin-right:.4em;border-radius:.15em;background:var(--c)}
.quantile{stroke:var(--ink);stroke-width:1.5}.quantile.tail{stroke-dasharray:2 2}
.margin{fill:var(--mark)}.whisker{stroke:var(--ink);stroke-width:1.5}.mark{fill:var(--ink)}.draw{fill:var(--soft);fill-opacity:.7}
.v-slower .mark{fill:var(--slower)}.v-faster .mark{fill:var(--faster)}.v-invalid .mark{fill:var(--bad)}.v-twin{--c:var(--soft)}.v-twin .mark{fill:var(--paper);stroke:var(--c)}.v-twin .whisker{stroke:var(--c);stroke-width:1}
.charts{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(100%,32rem),1fr));gap:0 1.5rem}.charts>*{min-width:0}
.band{stroke-width:1.4;stroke-linecap:butt;stroke-dasharray:none}.middle{stroke:var(--ink);stroke-width:1.6}.block{stroke:var(--line)}.losses{stroke:var(--bad);stroke-width:1.6;fill:none}.chart .tick{font-size:9.5px;fill:var(--soft)}.chart .bad{fill:var(--bad);font-weight:700}
.selection{fill:var(--link);fill-opacity:.2}.zoomable svg{touch-action:pan-x pan-y}.tools span{font-size:.8rem;color:var(--soft)}
.m-guest{fill:var(--guest)}.m-host{fill:var(--host)}.m-between{fill:var(--between)}
.frame{fill:var(--shade);stroke:var(--line)}.frame.w-guest{stroke:var(--guest)}.frame.w-host1,.frame.w-host2{stroke:var(--host)}.frame.w-vmm{stroke:var(--between)}
.box{fill:var(--paper);stroke:var(--soft)}.way{stroke:var(--soft);stroke-width:2}.wire{stroke:var(--ink);stroke-width:4}
.hop-name{font-weight:700}.device{font-family:ui-monospace,"Liberation Mono",monospace;font-size:11px}.chart .kind{font-size:10.5px;fill:var(--soft)}
.flag rect{stroke:var(--good);fill:none}.flag.on rect{fill:var(--good)}.flag-name{font-size:9.5px}.chart .flag.on .flag-name{fill:var(--paper);font-weight:700}.flag.off rect{stroke:var(--line)}.chart .flag.off .flag-name{fill:var(--soft);text-decoration:line-through}
.figures td.words,.figures thead th.words:not(:first-child){text-align:left}tr.total{font-weight:700}
.ladder td{white-space:nowrap}.o-pass{color:var(--good)}.o-fail{color:var(--bad);font-weight:700}.o-partly{color:var(--warn);font-weight:700}.o-not-applicable,.o-not-tried{color:var(--soft)}
.verdict{border-left:.3rem solid var(--warn);padding:.1rem 1rem;margin:1rem 0}.verdict.broken{border-color:var(--bad)}.evidence{font-size:.875rem;color:var(--soft)}.cures li::marker{color:var(--good)}
.v-failed{color:var(--bad)}.v-holds{color:var(--good)}code{font-family:ui-monospace,"Liberation Mono",monospace;font-size:.85em}
@media screen and (max-width:56rem){svg.chart.natural{max-width:100%}.stacked thead{display:none}.stacked tr{display:block;padding:.3rem 0;border-bottom:1px solid var(--line)}.stacked td,.stacked tbody th{display:inline-block;border:0;min-width:0;padding:.1rem 1rem .1rem 0}.stacked td[data-head]::before{content:attr(data-head) " ";color:var(--soft)}}
@media screen and (max-width:40rem){body{padding:.75rem .75rem 3rem}h1{font-size:1.3rem}.ladder.wraps td,.ladder.wraps thead th{white-space:normal}.on-desk{display:none}.on-phone{display:block}.on-phone svg.chart{min-width:0;width:100%;max-width:30rem}}
@media print{main section{content-visibility:visible}:root{color-scheme:light}body{max-width:none;padding:0;font-size:10pt}.tools,.skip,nav.contents,.spare,.opens{display:none}
.wide{overflow:visible}svg.chart{min-width:0;max-width:100%;break-inside:avoid}figure,tr,li{break-inside:avoid}h2,h3,h4{break-after:avoid;break-inside:avoid}.legend,.charts>figure:first-child,h3+.folding{break-before:avoid}
table{font-size:7pt}th,td{padding:1pt 2.5pt}.figures td,.figures thead th:not(:first-child),.figures tbody th,thead th,.ladder td{white-space:normal}.environment th,.environment td,.figures td.words{min-width:0}th a,.figures .when{white-space:nowrap}svg.bar-of{width:60pt;height:auto}a{color:inherit}details:not(.minor)::details-content{content-visibility:visible}details.minor:not([open]){display:none}svg.chart.natural,svg.chart.large{max-width:100%;min-width:0}}
`.replaceAll('\n', '');
