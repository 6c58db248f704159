local M = {}
M.count = 0
function M.above(a, b) M.count = M.count + 1 return a > b end
function M.ring(n) return { n = n, push = function(self, x) self[#self + 1] = x end, save = function(self) return { n = self.n } end, load = function(self, t) self.n = t.n end } end
return M
