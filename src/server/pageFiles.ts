interface PageFile {
  readonly type: string
  readonly body: Uint8Array
}

/** The files of the page, by the path at which they are asked for. A fixed list: no request names a file. */
export const pageFiles: Readonly<Record<string, { readonly name: string; readonly type: string }>> = {
  '/': { name: 'index.html', type: 'text/html; charset=utf-8' },
  '/page.css': { name: 'page.css', type: 'text/css; charset=utf-8' },
  '/page.js': { name: 'page.js', type: 'text/javascript; charset=utf-8' },
  '/icon.svg': { name: 'icon.svg', type: 'image/svg+xml' },
}

const read = new Map<string, Promise<PageFile>>()

/** A file of the page, read once. They lie built in the package, wherever this code does. */
export function pageFile(path: keyof typeof pageFiles): Promise<PageFile> {
  const file = read.get(path) ?? readFile(path)
  read.set(path, file)
  return file
}

async function readFile(path: keyof typeof pageFiles): Promise<PageFile> {
  const [{ readFile: readBytes }, { createRequire }] = await Promise.all([import('node:fs/promises'), import('node:module')])
  const { name, type } = pageFiles[path]!
  const manifest = createRequire(import.meta.url).resolve('riffle-rx/package.json')
  return { type, body: await readBytes(`${manifest.slice(0, -'package.json'.length)}dist/page/${name}`) }
}
