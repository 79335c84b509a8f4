-- Posts a different real text in every request, and ends its output with one line of JSON.
-- Arguments: file of texts (one JSON string without quotes a line), body before, between and after
-- texts, texts in a body, name of this run, "key" for an Idempotency-Key on every request.

local threads = 0

function setup(thread)
  thread:set("thread", threads)
  threads = threads + 1
end

function init(args)
  texts = {}
  for line in io.lines(args[1]) do texts[#texts + 1] = line end
  before, between, after = args[2], args[3], args[4]
  count = tonumber(args[5])
  run = args[6] .. "-" .. thread .. "-"
  keyed = args[7] == "key"
  posted = 0
  wrk.headers["Content-Type"] = "application/json"
end

function request()
  local chosen = {}
  for i = 1, count do
    posted = posted + 1
    chosen[i] = texts[posted % #texts + 1] .. " " .. run .. posted
  end
  if keyed then wrk.headers["Idempotency-Key"] = run .. posted end
  return wrk.format("POST", nil, nil, before .. table.concat(chosen, between) .. after)
end

function done(summary, latency, _)
  local errors = summary.errors
  io.write(string.format(
    '{"requests":%d,"seconds":%f,"errors":%d,"p50_ms":%f,"p90_ms":%f,"p99_ms":%f}\n',
    summary.requests, summary.duration / 1e6,
    errors.connect + errors.read + errors.write + errors.status + errors.timeout,
    latency:percentile(50) / 1e3, latency:percentile(90) / 1e3, latency:percentile(99) / 1e3
  ))
end
