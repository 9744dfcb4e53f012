/** Cuts one transaction out of what the kernel's function_graph tracer wrote (Documentation/trace/ftrace.rst). Pure. */

/** Functions whose calls are followed, with all that they call: the ways of a packet down and up. */
export const GRAPH_ROOTS = {
  send: ['tcp_sendmsg', 'udp_sendmsg'],
  other: ['virtnet_poll', 'net_rx_action', 'tcp_recvmsg', 'udp_recvmsg'],
} as const;

export interface FunctionPath {
  /** Lines as the kernel wrote them, of one transaction: from a send to the next. */
  readonly lines: readonly string[];
  readonly functions: number;
}

/** The last whole transaction; null = there is none. */
export function lastTransaction(text: string): FunctionPath | null {
  const lines = text.split('\n').filter((line) => !line.startsWith('#'));
  const sends = lines.flatMap((line, index) => (beginsSend(line) ? [index] : []));
  const [from, to] = sends.slice(-2);
  if (from === undefined || to === undefined) return null;
  const cut = lines.slice(from, to).map((line) => line.trimEnd());
  return { lines: cut, functions: cut.filter((line) => /\w+\(\)( \{|;)/.test(line)).length };
}

/** A root stands two blanks behind the bar: what it calls stands further in. */
function beginsSend(line: string): boolean {
  const found = /\| {2}(\w+)\(\) \{/.exec(line);
  return found !== null && GRAPH_ROOTS.send.some((name) => name === found[1]);
}
