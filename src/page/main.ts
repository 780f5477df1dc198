import { createAnnounce } from './announce.ts'
import { type Price, RefusedError, createApi } from './api.ts'
import { createComposer } from './composer.ts'
import { createConversation } from './conversation.ts'
import { byId } from './dom.ts'
import { createEntrance } from './entrance.ts'
import { keepInView } from './keepInView.ts'
import { createReader } from './reader.ts'
import { savedToken } from './storage.ts'

const api = createApi(savedToken.get)
const enter = createEntrance(api.price)
const reader = createReader(api)
const [welcome, fresh] = [byId('welcome'), byId('new', HTMLButtonElement)]
let price: Price | undefined

const conversation = createConversation({
  api,
  enter,
  announce: createAnnounce(),
  open: (passageId, quote, opener) => void reader.open(passageId, quote, opener),
  price: () => price,
  onChange: () => show(),
})
const composer = createComposer({ ask: conversation.ask, stop: conversation.stop })

function show(): void {
  welcome.hidden = !conversation.isEmpty
  fresh.hidden = conversation.isEmpty
  composer.setRunning(conversation.isRunning)
}

async function learnPrice(): Promise<void> {
  try {
    price = await api.price()
  } catch (error) {
    // Without it the page works; without a token it does not.
    if (!(error instanceof RefusedError) || error.status !== 401) return
    await enter()
    await learnPrice()
  }
}

fresh.addEventListener('click', () => {
  conversation.clear()
  composer.focus()
})
byId('overview').addEventListener('click', (event) => {
  conversation.ask((event.currentTarget as HTMLElement).textContent ?? '')
  composer.focus()
})
keepInView(byId('turns'), byId('composer'))
conversation.restore()
void learnPrice()
