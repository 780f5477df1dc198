import { execFile } from 'node:child_process'
import { chmodSync, existsSync, readFileSync, readdirSync, writeFileSync } from 'node:fs'
import { basename, delimiter, dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, describe, expect, it } from 'vitest'
import * as main from 'riffle-rx'
import * as node from 'riffle-rx/node'
import { type CodeBlock, codeBlocks, withBlockText } from './support/codeBlocks.ts'
import { packedProject, repository } from './support/packedProject.ts'

// UPDATE=1 npx vitest run test/readme.test.ts     writes what the programs print into README.md and docs

const project = packedProject()
const pages = ['README.md', 'AGENTS.md', ...readdirSync(join(repository, 'docs'), { recursive: true, encoding: 'utf8' }).map((name) => `docs/${name}`)]
  .filter((name) => name.endsWith('.md'))
  .map((name) => ({ name, markdown: readFileSync(join(repository, name), 'utf8') }))
const blocks = pages.flatMap(({ name, markdown }) => codeBlocks(markdown).map((block) => ({ ...block, page: name, place: `${name}:${block.line}` })))
type Block = (typeof blocks)[number]

const programs = blocks.filter(({ language }) => language === 'ts')
const fileOf = (block: Block) => `${block.page.replaceAll(/\W/g, '-')}-${block.line}.ts`
for (const block of programs) project.write(fileOf(block), block.text)

// A folder `docs` is what some programs read; `docs.sqlite` is what the first command of README's list makes.
project.write('docs/heron.md', '# Heron\n\nThe heron waits in the shallow water. Give mergeMap a number to limit it.\n')
project.write('bin/riffle', `#!/bin/sh\nexec "${process.execPath}" "${project.folder}/node_modules/riffle-rx/bin/riffle.js" "$@"\n`)
project.write('riffle', readFileSync(join(project.folder, 'bin/riffle'), 'utf8'))
project.write('README.md', pages[0]?.markdown ?? '')
for (const name of ['bin/riffle', 'riffle']) chmodSync(join(project.folder, name), 0o755)

async function shell(line: string): Promise<{ stdout: string; stderr: string }> {
  const env = { PATH: [join(project.folder, 'bin'), dirname(process.execPath), process.env['PATH']].join(delimiter), HOME: project.folder }
  return promisify(execFile)('sh', ['-c', line], { cwd: project.folder, env })
}

describe('the commands of the pages', () => {
  const lines = blocks
    .filter(({ language }) => language === 'sh')
    .flatMap(({ text, place }) => text.split('\n').filter((line) => line.trim() !== '').map((line) => ({ line, place })))

  it.each(lines)('$place: $line', async ({ line }) => {
    if (line === 'npm ci && npm test') {
      // It would install over the packages that run this test, and run this test again: .ci/run does both on a bare machine.
      expect(readFileSync(join(repository, '.ci/run'), 'utf8')).toMatch(/npm ci\n[\s\S]*npm test/)
      return
    }
    expect(line).toMatch(/^(\.\/)?riffle /)
    const { stdout, stderr } = await shell(line)
    expect(stdout + stderr).not.toBe('')
  })

  it('are there: an answer and the tests first', () => {
    expect(lines.slice(0, 2).map(({ line }) => line)).toEqual([expect.stringMatching(/^\.\/riffle ask/), 'npm ci && npm test'])
  })
})

describe('the programs of the pages', () => {
  it('compile under --strict against the package', () => {
    expect(programs.length).toBeGreaterThan(3)
    expect(project.compile({ types: ['node'] })).toBe('')
  })

  const printing = programs.flatMap((block) => {
    const output = blocks.find(({ page, line, comment }) => page === block.page && comment?.startsWith('prints') && line === outputLine(block))
    return output === undefined ? [] : [{ block, output, place: block.place }]
  })

  const updates: { readonly output: Block; readonly printed: string }[] = []
  afterAll(() => {
    // From the last line up, so that no block moves before it is written.
    for (const { output, printed } of updates.toSorted((a, b) => b.output.line - a.output.line)) {
      const path = join(repository, output.page)
      writeFileSync(path, withBlockText(readFileSync(path, 'utf8'), output.line, printed))
    }
  })

  it.each(printing)('$place prints what the page says', async ({ block, output }) => {
    const { stdout: printed } = await shell(`node ${fileOf(block)}`)
    if (process.env['UPDATE'] !== undefined) updates.push({ output, printed })
    else expect(comparable(printed, output.comment)).toBe(comparable(output.text, output.comment))
    expect(printed.trim()).not.toBe('')
  })

  it('are followed by their output, all of README', () => {
    expect(printing.filter(({ block }) => block.page === 'README.md')).toHaveLength(programs.filter(({ page }) => page === 'README.md').length)
  })
})

describe('the links of the pages', () => {
  it.each(pages)('of $name lead to files that are there', ({ name, markdown }) => {
    const links = [...markdown.matchAll(/\]\((?!https?:|#)([^)#\s]+)[^)]*\)/g)].map(([, target = '']) => target)
    expect(links.filter((target) => !existsSync(join(repository, dirname(name), target)))).toEqual([])
  })

  it('name every source, operator and sink in README', () => {
    const files = ['sources', 'operators', 'sinks'].flatMap((folder) => readdirSync(join(repository, 'src', folder)).map((name) => `src/${folder}/${name}`))
    const exported = files.filter((path) => basename(path, '.ts') in main || basename(path, '.ts') in node)
    expect(exported.length).toBeGreaterThan(15)
    expect(exported.filter((path) => !pages[0]?.markdown.includes(`[\`${basename(path, '.ts')}\`](${path})`))).toEqual([])
  })
})

/** Where the block of the output begins: a blank line and a comment below the program. */
function outputLine({ line, text }: CodeBlock): number {
  return line + text.split('\n').length + 3
}

/** Without what differs from run to run, when that is to be expected. */
function comparable(printed: string, comment = ''): string {
  if (comment.includes('with other times')) return printed.replaceAll(/\d+(\.\d+)?/g, '0').replaceAll(/─+/g, '─').replaceAll(/\s+/g, ' ').trim()
  return comment.includes('in any order') ? printed.trim().split('\n').toSorted().join('\n') : printed.trimEnd()
}
