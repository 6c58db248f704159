#include "core/volatility.h"

#include <math.h>

enum { MANTISSA_BITS = 53 };
static const double year_s = 365.0 * 86400.0;

/* By the difference: the logarithm of a quotient near 1 would lose what makes the return. */
static double log_return(int64_t from, int64_t to)
{
    double change = (double)(to - from) / (double)from;
    return fabs(change) < 0.5 ? log1p(change) : log((double)to / (double)from);
}

struct mt_volatility mt_volatility(const int64_t *closes, int count, int32_t tf_s)
{
    struct mt_volatility out = { 0 };
    double sum = 0, squares = 0;
    int returns = count - 1;
    for (int i = 0; i < count; i++)
        if (closes[i] <= 0)
            return out;
    if (returns < 2 || tf_s <= 0)
        return out;
    for (int i = 1; i < count; i++)
        sum += log_return(closes[i - 1], closes[i]);
    for (int i = 1; i < count; i++) {
        double off = log_return(closes[i - 1], closes[i]) - sum / returns;
        squares += off * off;
    }
    double year = sqrt(squares / (returns - 1)) * sqrt(year_s / tf_s);
    out.mantissa = (int64_t)ldexp(frexp(year, &out.exponent), MANTISSA_BITS);
    out.exponent -= MANTISSA_BITS;
    return out;
}
