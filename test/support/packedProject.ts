import { execFileSync, spawnSync } from 'node:child_process'
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll } from 'vitest'
import { buildCommand } from './runRiffle.ts'

export const repository = fileURLToPath(new URL('../..', import.meta.url))

/** A newcomer's project: empty but for the packed package, what that depends on, and the documents of the examples. */
export interface PackedProject {
  readonly folder: string
  /** Paths in the package, sorted. */
  readonly packed: readonly string[]
  /** Writes a file of the project. */
  write(name: string, text: string): void
  /** Runs a program of the project; fails when it fails. */
  run(args: readonly string[], env?: Readonly<Record<string, string>>): string
  /** What `tsc --strict` says of the project, nothing when all is well. */
  compile(options?: Readonly<Record<string, unknown>>): string
}

interface Manifest {
  readonly dependencies: Readonly<Record<string, string>>
  readonly optionalDependencies: Readonly<Record<string, string>>
  readonly peerDependencies: Readonly<Record<string, string>>
  readonly peerDependenciesMeta: Readonly<Record<string, { readonly optional?: boolean }>>
}

/** Packs the package without the network and unpacks it, as an installation does; it goes when the file's tests are done. */
export function packedProject(): PackedProject {
  buildCommand()
  const folder = mkdtempSync(join(tmpdir(), 'riffle-packed-'))
  afterAll(() => rmSync(folder, { recursive: true, force: true }))
  const home = { PATH: process.env['PATH'] ?? '', HOME: folder }

  // `prepack` would build once more, below the feet of other tests.
  const pack = ['pack', '--ignore-scripts', '--offline', '--json', '--pack-destination', folder]
  const [report] = JSON.parse(execFileSync('npm', pack, { cwd: repository, env: home, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] })) as [
    { filename: string; files: { path: string }[] },
  ]
  const unpacked = join(folder, 'node_modules/riffle-rx')
  mkdirSync(unpacked, { recursive: true })
  execFileSync('tar', ['-xzf', join(folder, report.filename), '--strip-components=1', '-C', unpacked])
  rmSync(join(folder, report.filename))

  const manifest = JSON.parse(readFileSync(join(repository, 'package.json'), 'utf8')) as Manifest
  const installed = Object.keys({ ...manifest.dependencies, ...manifest.optionalDependencies, ...manifest.peerDependencies })
  // An optional peer is what its user installs.
  const isOptional = (name: string) => manifest.peerDependenciesMeta[name]?.optional === true
  for (const name of [...installed.filter((each) => !isOptional(each)), '@types/node']) link(name, folder)
  writeFileSync(join(folder, 'package.json'), '{ "private": true, "type": "module" }\n')
  cpSync(join(repository, 'examples/documents'), join(folder, 'examples/documents'), { recursive: true })
  for (const name of readdirSync(join(repository, 'examples')).filter((file) => file.endsWith('.jsonl'))) {
    cpSync(join(repository, 'examples', name), join(folder, 'examples', name))
  }

  return {
    folder,
    packed: report.files.map(({ path }) => path).toSorted(),
    write(name, text) {
      mkdirSync(dirname(join(folder, name)), { recursive: true })
      writeFileSync(join(folder, name), text)
    },
    run: (args, env = {}) => execFileSync(process.execPath, args, { cwd: folder, env: { ...home, ...env }, encoding: 'utf8' }),
    compile(options = {}) {
      const compilerOptions = { strict: true, noEmit: true, target: 'es2023', module: 'nodenext', ...options }
      writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify({ compilerOptions, exclude: ['node_modules'] }))
      return spawnSync(join(repository, 'node_modules/.bin/tsc'), ['-p', folder], { encoding: 'utf8' }).stdout
    },
  }
}

/** Makes an installed package of this checkout one of the project. */
export function link(name: string, folder: string): void {
  const from = join(repository, 'node_modules', name)
  const to = join(folder, 'node_modules', name)
  if (!existsSync(from) || existsSync(to)) return
  mkdirSync(dirname(to), { recursive: true })
  symlinkSync(from, to)
}
