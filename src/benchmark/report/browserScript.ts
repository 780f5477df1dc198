/**
 * Runs in the page: draws every chart into its place, again when the width or the color scheme changes, and for paper.
 * A text, not a function: a bundler would rename what it uses.
 */
export const browserScript = `
'use strict';
(() => {
  if (typeof uPlot === 'undefined') return
  const charts = JSON.parse(document.getElementById('charts').textContent)
  const dark = matchMedia('(prefers-color-scheme: dark)')
  const plots = new Map()
  let printing = false

  const text = (value) => {
    const short = String(+value.toPrecision(3))
    return value < 10000 ? short : short.replace(/\\B(?=(\\d{3})+$)/g, '\\u202F')
  }

  // Labels that would touch the one before, or the edge, are left out.
  const roomy = (u, splits) => {
    let end = -Infinity
    return splits.map((split) => {
      const at = u.valToPos(split, 'x')
      const half = 3.5 * String(split).length
      const fits = at - half > end + 8 && at + half < u.bbox.width / devicePixelRatio + 16
      if (fits) end = at + half
      return fits ? split : null
    })
  }

  const sizeOf = (box) => printing
    ? { width: box.closest('.alone') ? 920 : 440, height: 175 }
    : { width: box.clientWidth, height: box.clientHeight }

  const draw = (chart) => {
    const box = document.getElementById(chart.id)
    const style = getComputedStyle(box)
    const color = (name) => style.getPropertyValue(name).trim()
    const figure = box.closest('figure')
    const readout = figure.querySelector('.at')
    const values = [...figure.querySelectorAll('.value')]
    const steps = chart.shape === 'steps'
    const font = (printing ? '10px ' : '12px ') + style.fontFamily
    const lines = { stroke: color('--grid'), width: 1 }
    const axis = { stroke: color('--quiet'), font, grid: lines, ticks: { ...lines, size: 4 } }
    const ticks = chart.ticks && { splits: () => chart.ticks, filter: roomy }
    // Edges and levels are exact.
    const at = (value) => chart.ticks?.includes(value) ? String(value) : text(value)
    const show = (u) => {
      let place = u.cursor.left >= 0 ? u.cursor.idx : null
      if (place != null && steps) {
        const x = u.posToVal(u.cursor.left, 'x')
        place = chart.x.findLastIndex((edge) => edge <= x)
        if (place < 0 || place + 1 >= chart.x.length) place = null
      }
      const range = steps ? [place, place + 1] : [place]
      readout.textContent = place == null ? '' : range.map((index) => at(chart.x[index])).join('–') + chart.xUnit
      chart.lines.forEach((line, index) => {
        const value = place == null ? null : line.values[place]
        values[index].textContent = value == null ? '' : text(value) + chart.yUnit
      })
    }
    plots.get(chart.id)?.destroy()
    plots.set(chart.id, new uPlot({
      ...sizeOf(box),
      legend: { show: false },
      padding: [10, 18, 0, 0],
      cursor: { y: false, drag: { x: false, y: false }, points: { show: !steps, size: 7 }, focus: { prox: 24 } },
      focus: { alpha: 0.3 },
      scales: {
        x: { time: false, distr: chart.log ? 3 : 1, log: chart.log || 10, range: () => chart.xRange },
        y: { range: (u, low, high) => [0, chart.top ?? (high * 1.08 || 1)] },
      },
      axes: [
        { ...axis, size: 30, space: 60, values: (u, splits) => splits.map((split) => split == null ? '' : at(split)), ...ticks },
        { ...axis, label: chart.yLabel, labelFont: font, labelGap: 2, labelSize: 20, size: 50, space: 36, values: (u, splits) => splits.map(text) },
      ],
      series: [{}, ...chart.lines.map((line) => ({
        stroke: color(line.color),
        width: 1.75,
        dash: line.dash,
        fill: steps && chart.lines.length === 1 ? color(line.color).replace(')', ' / 0.14)') : undefined,
        paths: steps ? uPlot.paths.stepped({ align: 1 }) : uPlot.paths.linear(),
        points: { show: chart.shape === 'dots', size: 6, fill: color('--page') },
      }))],
      hooks: { setCursor: [show] },
    }, [chart.x, ...chart.lines.map((line) => line.values)], box))
  }

  const drawAll = () => charts.forEach(draw)
  const print = (on) => () => {
    printing = on
    document.documentElement.classList.toggle('printing', on)
    drawAll()
  }
  drawAll()
  dark.addEventListener('change', drawAll)
  addEventListener('beforeprint', print(true))
  addEventListener('afterprint', print(false))
  const observer = new ResizeObserver((entries) => entries.forEach(({ target }) => {
    const plot = plots.get(target.id)
    if (plot && !printing && target.clientWidth && plot.width !== target.clientWidth) plot.setSize(sizeOf(target))
  }))
  charts.forEach((chart) => observer.observe(document.getElementById(chart.id)))
})()
`
