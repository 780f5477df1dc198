import type { LoadInfo, RunInfo, TargetInfo, Workload } from '../run.ts'
import type { RunSummary } from '../summary.ts'
import { html, type Html, type HtmlValue } from './html.ts'
import { plural, shortDate, shortNumber, wholeNumber } from './numbers.ts'

/** Title, what was run, and what a reader has to know before believing a number. */
export function reportHead({ run, notes }: RunSummary): Html {
  return html`
<header>
<p class="over">riffle bench</p>
<h1>${reportTitle(run)}</h1>
<dl>${factsOf(run).map(([name, value]) => html`<div><dt>${name}</dt><dd>${value}</dd></div>`)}</dl>
</header>${notes.length === 0 ? undefined : html`
<section class="notes" aria-labelledby="notes"><h2 id="notes">Before reading</h2>
<ul>${notes.map((note) => html`<li>${note}</li>`)}</ul></section>`}`
}

export function reportTitle({ targets }: RunInfo): string {
  return targets.map((target) => target.name).join(', ')
}

function factsOf(run: RunInfo): readonly (readonly [string, HtmlValue])[] {
  const { machine, workload, slo } = run
  const limits = slo.map((limit) => `${limit.metric} < ${limit.belowMs} ms`).join(' and ')
  const hardware = `${machine.cpu}, ${plural(machine.cores, 'core')}, ${shortNumber(machine.memoryMiB / 1024)} GiB`
  const lines = (items: readonly Html[]) => html`<ul>${items.map((item) => html`<li>${item}</li>`)}</ul>`
  return [
    [run.targets.length === 1 ? 'Target' : 'Targets', lines(run.targets.map(targetText))],
    [run.loads.length === 1 ? 'Load' : 'Loads', lines(run.loads.map((load) => html`${loadText(load)}`))],
    ['Workload', workloadText(workload)],
    ...(slo.length === 0 ? [] : [['Goodput', `requests with ${limits}`] as const]),
    ['Machine', `${hardware}, ${machine.system}, Node ${machine.node.replace(/^v/, '')}`],
    ['Date', html`<time datetime="${run.startedAt}">${shortDate(run.startedAt)}</time>, riffle ${run.riffle}`],
  ]
}

function targetText({ name, kind, model, baseUrl, streaming }: TargetInfo): Html {
  const parts = [`model ${model}`, ...(baseUrl === undefined ? [] : [baseUrl]), ...(streaming ? [] : ['not streamed'])]
  return html`<b>${name}</b> <span class="quiet">${kind}, ${parts.join(', ')}</span>`
}

function loadText({ name, kind, arrivals, concurrency }: LoadInfo): string {
  if (kind === 'closed') return `${name} (closed)`
  const parts = ['open', arrivals && `${arrivals === 'poisson' ? 'Poisson' : arrivals} arrivals`, concurrency && `at most ${concurrency} at once`]
  return `${name} (${parts.filter(Boolean).join(', ')})`
}

function workloadText(workload: Workload): string {
  const { requests, seconds, inputTokens, maxOutputTokens, temperature, warmUp } = workload
  const amounts = [...(requests === undefined ? [] : [plural(requests, 'request')]), ...(seconds === undefined ? [] : [`${shortNumber(seconds)} s`])]
  return [
    ...(amounts.length === 0 ? [] : [`${amounts.join(' or ')} for each target and load`]),
    workload.prompts === 'synthetic' ? 'synthetic prompts' : 'questions from a file',
    ...(inputTokens === undefined ? [] : [`${wholeNumber(inputTokens)} tokens in`]),
    ...(maxOutputTokens === undefined ? [] : [`at most ${wholeNumber(maxOutputTokens)} out`]),
    ...(temperature === undefined ? [] : [`temperature ${temperature}`]),
    `${plural(warmUp, 'request')} to warm up`,
    `seed ${workload.seed}`,
    `prompts ${workload.promptHash.slice(0, 12)}`,
  ].join(', ')
}
