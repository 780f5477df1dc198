/**
 * Builds `dist/`: the library by tsc, file by file with types, and the command as a bundle that starts fast.
 * `--if-needed` does nothing when no source is newer than the last build.
 */
import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { basename, extname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'

const root = fileURLToPath(new URL('..', import.meta.url))
const dist = join(root, 'dist')
const stamp = join(dist, '.built')

if (process.argv.includes('--if-needed') && !isOutdated()) process.exit(0)

rmSync(dist, { recursive: true, force: true })
execFileSync(join(root, 'node_modules/.bin/tsc'), ['-p', 'tsconfig.build.json'], { cwd: root, stdio: 'inherit' })
const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version: string }
const { metafile } = await build({
  absWorkingDir: root,
  entryPoints: ['src/cli/main.ts'],
  outdir: 'dist/cli',
  bundle: true,
  splitting: true,
  format: 'esm',
  platform: 'node',
  target: 'node22',
  chunkNames: 'chunks/[name]-[hash]',
  minifySyntax: true,
  minifyWhitespace: true,
  metafile: true,
  alias: {
    // The package's own choice for Node is CommonJS, of which nothing can be left out.
    rxjs: join(root, 'node_modules/rxjs/dist/esm/index.js'),
    assert: join(root, 'scripts/lean/assert.ts'),
    'string-width': join(root, 'scripts/lean/stringWidth.ts'),
  },
  define: { RIFFLE_VERSION: JSON.stringify(version) },
  // What is loaded on first use, and not on the way to the first text, stays as it is installed.
  external: ['ajv', 'chardet', 'csv-parse', 'fflate', 'htmlparser2', 'iconv-lite', 'mammoth', 'pg', 'picomatch', 'tiktoken', 'undici', 'unpdf', 'ws', 'yaml'],
  // Packages in CommonJS call `require` for Node's own modules.
  banner: { js: "import { createRequire as requireFrom } from 'node:module'; const require = requireFrom(import.meta.url);" },
})
await build({
  absWorkingDir: root,
  entryPoints: ['src/page/main.ts', 'src/page/page.css', 'src/page/index.html', 'src/page/icon.svg'].map((path) => ({ in: path, out: path.endsWith('main.ts') ? 'page' : basename(path, extname(path)) })),
  outdir: 'dist/page',
  bundle: true,
  minify: true,
  format: 'esm',
  platform: 'browser',
  // What has `URL.parse` and `toSorted`; CSS as it is written.
  target: 'es2023',
  charset: 'utf8',
  loader: { '.html': 'copy', '.svg': 'copy' },
})
writeFileSync(join(dist, 'cli/bundle.json'), JSON.stringify(metafile.outputs))
writeFileSync(stamp, '')

function isOutdated(): boolean {
  if (!existsSync(stamp)) return true
  const built = statSync(stamp).mtimeMs
  const sources = readdirSync(join(root, 'src'), { recursive: true, withFileTypes: true }).map((entry) => join(entry.parentPath, entry.name))
  return [...sources, join(root, 'package.json'), join(root, 'scripts/build.ts')].some((path) => statSync(path).mtimeMs > built)
}
