import type { Dispatcher } from 'undici'
import { AwaitedExchange } from '../../src/wire/httpExchange.ts'
import type { HttpResponse } from '../../src/wire/httpResponse.ts'
import { type HttpRequest, sendRequest } from '../../src/wire/sendRequest.ts'

/** Sends a request and waits for the headers of its response. */
export function responseTo(dispatcher: Dispatcher, request: HttpRequest, exchange = new AwaitedExchange()): Promise<HttpResponse> {
  sendRequest(dispatcher, request, exchange)
  return exchange.response
}
