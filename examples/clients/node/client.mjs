// A client of the proxy for Node 20, without packages: chat, streaming, health, metrics.
//   node client.mjs http://127.0.0.1:8080
import { performance } from "node:perf_hooks";

const base = (process.argv[2] ?? "http://127.0.0.1:8080").replace(/\/$/, "");
const question = "hello claw";
const milliseconds = 30_000;

async function request(path, body) {
  const answer = await fetch(base + path, {
    method: body ? "POST" : "GET",
    headers: body ? { "content-type": "application/json" } : {},
    body: body && JSON.stringify(body),
    signal: AbortSignal.timeout(milliseconds),
  });
  if (!answer.ok) throw new Error(`${path}: ${answer.status}: ${await answer.text()}`);
  return answer;
}

/** The data of each event, when it arrives. */
async function* events(path, body) {
  const answer = await request(path, body);
  let rest = "";
  for await (const text of answer.body.pipeThrough(new TextDecoderStream())) {
    const lines = (rest + text).split("\n");
    rest = lines.pop();
    for (const line of lines) if (line.startsWith("data: ")) yield line.slice("data: ".length).trim();
  }
}

function expect(what, right, got) {
  if (!right) {
    console.log(`  WRONG  ${what}\n           got: ${JSON.stringify(got)?.slice(0, 500)}`);
    process.exit(1);
  }
  console.log(`  ok     ${what}`);
}

async function chat() {
  const answer = await (await request("/api/v1/chat", { message: question })).json();
  expect(`chat: "${answer.message}" by ${answer.agent}`, answer.message.includes(question), answer);
}

async function stream() {
  const seen = [];
  for await (const data of events("/api/v1/chat/stream", { message: question, stream: true })) {
    seen.push({ at: performance.now(), ...JSON.parse(data) });
  }
  const words = seen.map((event) => event.content).join("");
  expect(`stream: ${seen.length} events: "${words}"`, words.includes(question) && seen.at(-1).done, seen);
  expect("stream: the first event came before the last was made", seen[0].at < seen.at(-1).at, seen);
}

async function completion() {
  const chunks = [];
  const body = {
    model: "openclaw",
    messages: [{ role: "user", content: question }],
    stream: true,
    stream_options: { include_usage: true },
  };
  for await (const data of events("/v1/chat/completions", body)) chunks.push(data);
  expect("completions: the stream ends with [DONE]", chunks.at(-1) === "[DONE]", chunks);
  const { usage } = JSON.parse(chunks.at(-2));
  expect(`completions: ${usage.total_tokens} tokens used`, usage.total_tokens > 0, usage);
}

async function health() {
  const answer = await (await request("/health")).json();
  expect(`health: ${JSON.stringify(answer)}`, typeof answer === "object", answer);
}

async function metrics() {
  const text = await (await request("/metrics")).text();
  const samples = text.split("\n").filter((line) => line.startsWith("gateway_requests_total"));
  const total = samples.reduce((sum, line) => sum + Number(line.slice(line.lastIndexOf(" ") + 1)), 0);
  expect(`metrics: ${total} requests counted`, total >= 3, samples);
}

for (const step of [chat, stream, completion, health, metrics]) await step();
process.exit(0);
