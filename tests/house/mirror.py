"""Every source file has a test where people look for it. host/core/leg.c: tests/host/core/test_leg.c or test_leg_*.c; a part
of a subject (journal_disk.c of journal) may be tested with it; scripts/filters/cooldown.lua: tests/scripts/filters/cooldown_spec.lua
or cooldown_*_spec.lua. What is tested elsewhere stands in the list below, with a test and a word that it must contain."""
import os
import re

from tree import at

ELSEWHERE = {
    "host/core/record_bytes.c": ("tests/host/core/test_record_list.c", "what_is_written_comes_back"),
    "host/report/summary_print.c": ("tests/host/app/test_results.c", "summary"),
    "host/report/summary.c": ("tests/host/app/test_results.c", "summary"),
    "host/report/rows.c": ("tests/host/app/test_results.c", "summary"),
    "host/report/results.c": ("tests/host/app/test_results.c", "summary"),
    "host/report/notes.c": ("tests/host/app/test_results.c", "summary"),
    "host/report/lines.c": ("tests/host/app/test_results.c", "summary"),
    "host/report/held.c": ("tests/host/app/test_results.c", "summary"),
    "host/report/equity.c": ("tests/host/app/test_results.c", "summary"),
    # data files: what each of them reads is tried through the whole reader, byte by byte and file by file
    "adapters/playback/bytes.c": ("tests/programs/test_data_dialects.py", "zst"),
    "adapters/playback/date_text.c": ("tests/adapters/playback/test_row_time.c", "2024"),
    "adapters/playback/dialects.c": ("tests/programs/test_data_dialects.py", "dialect"),
    "adapters/playback/file.c": ("tests/adapters/playback/files.h", "mt_data_open"),
    "adapters/playback/file_scan.c": ("tests/adapters/playback/test_merge.c", "mt_data_open"),
    "adapters/playback/open.c": ("tests/adapters/playback/test_merge.c", "mt_data_open"),
    "adapters/playback/options.c": ("tests/programs/test_data_messages.py", "--columns"),
    # the simulated venue: parts of one machine that only whole orders can reach
    "adapters/sim/fill.c": ("tests/adapters/sim/test_sim.c", "FILL"),
    "adapters/sim/rates.c": ("tests/adapters/sim/test_ledger.c", "rate"),
    # commands: tested as people meet them
    "host/app/check_cut.c": ("tests/programs/test_sizing.py", "cut"),
    "host/app/cmd_backtest.c": ("tests/programs/test_exit_codes.py", '"backtest"'),
    "host/app/cmd_bench.c": ("tests/programs/test_every_command.py", '"bench'),
    "host/app/cmd_check.c": ("tests/programs/test_check.py", '"check"'),
    "host/app/cmd_data.c": ("tests/programs/test_data_files.py", '"data"'),
    "host/app/cmd_journal.c": ("tests/programs/test_reading.py", '"journal"'),
    "host/app/cmd_lookup.c": ("tests/programs/test_lookups.py", '"orders"'),
    "host/app/cmd_new.c": ("tests/programs/test_every_command.py", '"new"'),
    "host/app/cmd_replay.c": ("tests/programs/test_replay.py", '"replay"'),
    "host/app/cmd_run.c": ("tests/programs/test_run.py", '"run"'),
    "host/app/cmd_steer.c": ("tests/programs/test_steering.py", '"status"'),
    "host/app/cmd_ta.c": ("tests/programs/test_ta.py", '"ta"'),
    "host/app/cmd_version.c": ("tests/programs/test_every_command.py", '"version"'),
    "host/app/command.c": ("tests/programs/test_every_command.py", "--help"),
    "host/app/command_table.c": ("tests/programs/test_every_command.py", "not built"),
    "host/app/command_words.c": ("tests/programs/test_words.py", "sub_commands"),
    "host/app/data_parquet.c": ("tests/programs/test_data_dialects.py", "parquet"),
    "host/app/data_report.c": ("tests/host/app/test_data.c", "mt_report_event"),
    "host/app/data_sink.c": ("tests/host/app/test_data.c", "mt_data_sink_open"),
    "host/report/decision_log.c": ("tests/programs/test_logs.py", "DEBUG"),
    "host/app/exit_code.c": ("tests/host/app/test_session.c", "mt_exit_of"),
    "host/app/live.c": ("tests/programs/test_live.py", "live"),
    "host/app/main.c": ("tests/programs/test_words.py", "mthost"),
    "host/report/open_positions.c": ("tests/programs/test_operator.py", "without protection"),
    "host/report/record_fields.c": ("tests/programs/test_reading.py", "journal"),
    "host/app/run_repeat.c": ("tests/programs/test_resume.py", "--resume"),
    "host/app/run_resume.c": ("tests/programs/test_resume.py", "--resume"),
    "host/app/runs.c": ("tests/host/app/test_output.c", "mt_runs_make"),
    "host/base/say.c": ("tests/programs/test_lines.py", "lines"),
    "host/app/steer.c": ("tests/host/app/test_control.c", "mt_steer_find"),
    "host/report/table.c": ("tests/host/app/test_data.c", "mt_table_init"),
    "host/app/venue_again.c": ("tests/programs/test_cut_anywhere.py", "--resume"),
    # parts of the engine: seen in what the whole of it decides and tells
    "host/core/deliver.c": ("tests/host/core/test_turn.c", "three_errors_in_a_row_quarantine"),
    "host/core/desk.c": ("tests/host/core/test_leg_refusals.c", "refus"),
    "host/core/entry_size.c": ("tests/host/core/test_leg.c", "sizes_that_cannot_be_found"),
    "host/core/house.c": ("tests/host/core/test_books_fold.c", "an_engine_without_memory"),
    "host/core/lifetime.c": ("tests/host/core/test_engine_faults.c", "a_clean_stop_closes_and_takes_no_new_entry"),
    "host/core/report_act.c": ("tests/host/core/test_reports.c", "an_unknown_order_moves_nothing_and_is_an_alarm"),
    "host/core/seat.c": ("tests/host/core/test_turn.c", "three_errors_in_a_row_quarantine"),
    "host/core/seat_state.c": ("tests/host/core/test_recover.c", "the_script_finds_itself_again"),
    "host/core/series.c": ("tests/host/core/test_bars.c", "volatility_sizes_by_the_last_closes"),
    "host/core/inbox.c": ("tests/adapters/sim/bed.h", "mt_inbox_init"),
    "host/core/margin.c": ("tests/host/core/test_sizing.c", "margin"),
    "host/core/news.c": ("tests/host/core/test_oms.c", "a_flood_of_denials_is_counted"),
    "host/core/note.c": ("tests/programs/test_verbs.py", "did you mean mt.at"),
    "host/core/port.c": ("tests/host/core/test_turn.c", "text"),
    "host/core/room.c": ("tests/host/core/test_leg.c", "NO_SIZE"),
    "host/core/view.c": ("tests/host/core/test_turn.c", "markets"),
    # scripts: what the language accepts is tried by loading scripts
    "host/script/api.c": ("tests/host/script/test_sandbox.c", "mt.clock"),
    "host/script/declare.c": ("tests/host/script/test_load.c", "mt_script_load"),
    "host/script/lex.c": ("tests/host/script/test_load.c", "mt_lex_init"),
    "host/script/lint.c": ("tests/programs/test_check.py", "unknown"),
    "host/script/loader.c": ("tests/host/script/test_load.c", "require"),
    "host/script/loader_near.c": ("tests/programs/test_words.py", "did you mean"),
    "host/script/places.c": ("tests/host/script/test_conf.c", "mt_conf_line"),
    "host/script/ta.c": ("tests/programs/test_ta.py", "ema"),
    "host/script/table.c": ("tests/programs/test_filters_doc.py", "news"),
    "host/script/vm.c": ("tests/host/script/test_strategy.c", "memory"),
    # the library: every indicator against its reference, its cost, its units and its face
    "scripts/lib/mthost/object.lua": ("tests/scripts/lib/mthost/library_face_spec.lua", "save"),
    "scripts/lib/mthost/ta_base.lua": ("tests/scripts/lib/mthost/ta_face_spec.lua", "save"),
    "scripts/lib/mthost/ta_candle_base.lua": ("tests/scripts/lib/mthost/ta_units_spec.lua", "bodies"),
    "scripts/lib/mthost/ta_candles.lua": ("tests/scripts/lib/mthost/ta_talib_spec.lua", "cdl"),
    "scripts/lib/mthost/ta_candles_long.lua": ("tests/scripts/lib/mthost/ta_talib_spec.lua", "morning"),
    "scripts/lib/mthost/ta_channels.lua": ("tests/scripts/lib/mthost/ta_extra_spec.lua", "keltner"),
    "scripts/lib/mthost/ta_cycle.lua": ("tests/scripts/lib/mthost/ta_talib_spec.lua", "ht_"),
    "scripts/lib/mthost/ta_math.lua": ("tests/scripts/lib/mthost/ta_talib_spec.lua", "linearreg"),
    "scripts/lib/mthost/ta_means.lua": ("tests/scripts/lib/mthost/ta_talib_spec.lua", "dema"),
    "scripts/lib/mthost/ta_momentum.lua": ("tests/scripts/lib/mthost/ta_talib_spec.lua", "rsi"),
    "scripts/lib/mthost/ta_oscillators.lua": ("tests/scripts/lib/mthost/ta_talib_spec.lua", "stoch"),
    "scripts/lib/mthost/ta_overlap.lua": ("tests/scripts/lib/mthost/ta_talib_spec.lua", "sar"),
    "scripts/lib/mthost/ta_risk.lua": ("tests/scripts/lib/mthost/ta_extra_spec.lua", "parkinson"),
    "scripts/lib/mthost/ta_statistics.lua": ("tests/scripts/lib/mthost/ta_talib_spec.lua", "beta"),
    "scripts/lib/mthost/ta_volatility.lua": ("tests/scripts/lib/mthost/ta_talib_spec.lua", "atr"),
    "scripts/lib/mthost/ta_volume.lua": ("tests/scripts/lib/mthost/ta_talib_spec.lua", "obv"),
    "scripts/lib/mthost/volume_profile.lua": ("tests/scripts/lib/mthost/volume_day_spec.lua", "profile"),
    "scripts/scalp.lua": ("tests/host/script/test_shipped.c", "scalp"),
}


def candidates(name):
    """Patterns of the tests of a source file, most special first, and the source files they would rather be of."""
    folder, base = os.path.split(name[:name.rindex(".")])
    if name.endswith(".lua"):
        return [rf"tests/{folder}/{base}(_\w+)?_spec\.lua"]
    words = base.split("_")
    return [rf"tests/{folder}/test_{'_'.join(words[:count])}(_\w+)?\.c" for count in range(len(words), 0, -1)]


def sources(tree):
    return [n for n in tree.product() if n.endswith(".c")] + tree.under("scripts", ends=(".lua",))


def own_test(tree, name):
    """The subject of a part counts only where the part belongs to it: results_rows.c to results.c or results.h."""
    folder, base = os.path.split(name[:name.rindex(".")])
    for count, pattern in enumerate(candidates(name)):
        short = os.path.join(folder, "_".join(base.split("_")[:len(base.split("_")) - count]))
        if count and not {short + ".c", short + ".h", short + "_private.h"} & tree.texts.keys():
            continue
        for test in tree.names:
            if re.fullmatch(pattern, test):
                return test
    return None


def problems(tree, elsewhere=None):
    elsewhere = ELSEWHERE if elsewhere is None else elsewhere
    found, names = [], sources(tree)
    for name in names:
        own = own_test(tree, name)
        if name in elsewhere:
            test, word = elsewhere[name]
            if own:
                found.append(at(name, 1, f"has {own}: take it out of ELSEWHERE in tests/house/mirror.py"))
            elif test not in tree.texts:
                found.append(at(name, 1, f"tests/house/mirror.py says that {test} tests it, and there is no such file"))
            elif word not in tree.text(test):
                found.append(at(name, 1, f"tests/house/mirror.py says that {test} tests it, but it does not contain '{word}'"))
        elif not own:
            found.append(at(name, 1, "no test: " + candidates(name)[0].replace(r"(_\w+)?", "").replace("\\", "")))
    return found + [at(n, 1, "no such file: take it out of ELSEWHERE in tests/house/mirror.py") for n in elsewhere if n not in names]
