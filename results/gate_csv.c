/* A gate's lines as CSV: DIR/gate.csv, whatever else is asked for. */
#include <inttypes.h>

#include "results/gate.h"
#include "results/text.h"

static void put_number(FILE *out, double x)
{
    if (isnan(x))
        fputc(',', out);
    else
        fprintf(out, ",%.9g", x);
}

static void put_word(FILE *out, const char *word)
{
    fputc(',', out);
    ht_text_put_csv(out, word ? word : "");
}

static void put_interval(FILE *out, const struct ht_interval *i)
{
    put_number(out, i->n ? i->estimate : NAN);
    put_number(out, i->n ? i->low : NAN);
    put_number(out, i->n ? i->high : NAN);
    fprintf(out, ",%zu", i->n);
}

static void put_line(FILE *out, const struct ht_gate_line *l)
{
    fputs(ht_gate_verdict_word(l->verdict), out);
    put_word(out, ht_gate_tier_word(l->tier));
    put_word(out, l->cell);
    put_word(out, l->key);
    put_number(out, l->base);
    put_number(out, l->new);
    put_interval(out, &l->ratio);
    put_interval(out, &l->second);
    put_number(out, l->limit);
    put_number(out, l->smallest);
    put_word(out, l->fault);
    put_word(out, l->base_outcome);
    put_word(out, l->new_outcome);
    put_word(out, l->reason);
    fputc('\n', out);
}

void ht_gate_emit_csv(const struct ht_gate *gate, FILE *out)
{
    fputs("verdict,tier,cell,key,base,new,ratio,low,high,pairs,second_ratio,second_low,second_high,second_"
          "pairs,"
          "limit,smallest,fault,base_outcome,new_outcome,reason\n",
          out);
    for (size_t i = 0; i < gate->lines; i++)
        put_line(out, &gate->line[i]);
}
