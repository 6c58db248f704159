-- Whether the JIT compiles a function as the host calls a handler: one call per event, from code that is not compiled.
local jit = require "jit"
local util, vmdef = require "jit.util", require "jit.vmdef"

-- What an attempt to record may end with and the function still be compiled: loops inside it get traces of their own,
-- and nothing returns into the driver, which stands for the host.
local HARMLESS = {
  ["leaving loop in root trace"] = true, ["inner loop in root trace"] = true, ["loop unroll limit reached"] = true,
  ["JIT compilation disabled for function"] = true,
}

-- compiled(handler, drive): drive calls handler often. -> true, or false and what was in the way. A function that was
-- given up has a header that never counts again (IFUNCF); one with a trace has one that enters it (JFUNCF).
return function(handler, drive)
  local aborts = {}
  local function watch(what, _, _, _, code)
    if what == "abort" and type(code) == "number" then
      local reason = vmdef.traceerr[code] or tostring(code)
      if not HARMLESS[reason] then aborts[reason] = (aborts[reason] or 0) + 1 end
    end
  end
  jit.flush()
  jit.off(drive)
  jit.attach(watch, "trace")
  drive()
  jit.attach(watch)
  local op = util.funcbc(handler, 0) % 256
  local name = vmdef.bcnames:sub(op * 6 + 1, op * 6 + 6):match "%a+"
  if name ~= "JFUNCF" then aborts[name] = 1 end
  local list = {}
  for reason, count in pairs(aborts) do list[#list + 1] = count .. " x " .. reason end
  return #list == 0, table.concat(list, ", ")
end
