import { once } from 'node:events'
import { type Socket, connect } from 'node:net'
import { Worker } from 'node:worker_threads'

export interface UnansweredAddress {
  readonly port: number
  close(): Promise<void>
}

/** Listens, and then stands still: connections wait in the system's queue, which is full with two. */
const listener = `
const { parentPort } = require('node:worker_threads')
const server = require('node:net').createServer()
server.listen({ port: 0, host: '127.0.0.1', backlog: 1 }, () => {
  parentPort.postMessage(server.address().port)
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0)
})
`
const roomInQueue = 2

/** An address on which a connection neither comes about nor fails: a client waits there, as for a machine that is gone. */
export async function unansweredAddress(): Promise<UnansweredAddress> {
  const worker = new Worker(listener, { eval: true })
  const [port] = (await once(worker, 'message')) as [number]
  const fillers: Socket[] = []
  for (let count = 0; count < roomInQueue; count++) {
    const filler = connect(port, '127.0.0.1')
    filler.on('error', () => undefined)
    await once(filler, 'connect')
    fillers.push(filler)
  }
  while (connecting() > 0) await new Promise((resolve) => setImmediate(resolve))
  return {
    port,
    async close() {
      for (const filler of fillers) filler.destroy()
      await worker.terminate()
    },
  }
}

/** Connections of this process that are being made. */
export function connecting(): number {
  return process.getActiveResourcesInfo().filter((name) => name === 'ConnectWrap').length
}
