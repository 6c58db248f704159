-- What scripts are: LuaJIT. Handlers take arguments that not every strategy needs. Line length is a matter of tests/tidy.py.
std = "luajit"
max_line_length = false
unused_args = false
self = false
ignore = { "43./self",                         -- an inner method has its own self
           "581" }                             -- not (x == y) is no x ~= y when NaN may come
exclude_files = { "tests/scripts/mistakes" }      -- each has one on purpose
files["tests/scripts"] = {
  std = "+busted",
}
