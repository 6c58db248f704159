"""Files as vendors, brokers and exchanges write them: each must load without an option, to the last digit and the last
moment. What is expected stands beside the text of the file, written by hand."""
import bz2
import datetime
import gzip
import io
import lzma
import os
import shutil
import subprocess
import unittest
import zipfile
import zoneinfo

import program

BAR = "time,open,high,low,close,volume"
QUOTE = "time,bid,ask,bid_qty,ask_qty"
TRADE = "time,price,qty,side,id"

FX = ["2023-11-06T08:30:00Z,1.0731,1.0735,1.0728,1.0733,{}", "2023-11-06T08:31:00Z,1.0733,1.074,1.0732,1.0738,{}",
      "2023-11-06T08:32:00Z,1.0738,1.07385,1.0726,1.073,{}"]
COIN = ["2023-11-06T08:30:00Z,35012.5,35040,34990.1,35020.25,1.25", "2023-11-06T08:31:00Z,35020.25,35055.5,35010,35050,0.5",
        "2023-11-06T08:32:00Z,35050,35060,35000,35001.01,2"]


def fx(*volumes):
    return [row.format(volume) for row, volume in zip(FX, volumes)]


def shifted(rows, old, new):
    return [row.replace(old, new) for row in rows]


MT5 = ("<DATE>\t<TIME>\t<OPEN>\t<HIGH>\t<LOW>\t<CLOSE>\t<TICKVOL>\t<VOL>\t<SPREAD>\r\n"
       "2023.11.06\t08:30:00\t1.07310\t1.07350\t1.07280\t1.07330\t31\t0\t4\r\n"
       "2023.11.06\t08:31:00\t1.07330\t1.07400\t1.07320\t1.07380\t0\t0\t4\r\n"
       "2023.11.06\t08:32:00\t1.07380\t1.07385\t1.07260\t1.07300\t27\t0\t5\r\n")
BINANCE = ("1699259400000,35012.50000000,35040.00000000,34990.10000000,35020.25000000,1.25000000,1699259459999,43775.1,31,0.6,"
           "21007.5,0\n"
           "1699259460000,35020.25000000,35055.50000000,35010.00000000,35050.00000000,0.50000000,1699259519999,17525.0,12,0.1,"
           "3505.0,0\n"
           "1699259520000,35050.00000000,35060.00000000,35000.00000000,35001.01000000,2.00000000,1699259579999,70002.0,40,1.5,"
           "52501.5,0\n")

# name of the file, its text, symbol, header of what comes out, its rows
DIALECTS = {
    "mt5 bars": ("EURUSD_M1_202311060830_202311060832.csv", MT5, "EURUSD", BAR, fx(31, 0, 27)),
    "mt5 bars with a volume": ("EURUSD_M1.csv", MT5.replace("\t31\t0", "\t31\t500").replace("\t27\t0", "\t27\t7"), "EURUSD", BAR,
                               fx(500, 0, 7)),
    "mt5 utf-16": ("EURUSD_M1.csv", ("\ufeff" + MT5).encode("utf-16-le"), "EURUSD", BAR, fx(31, 0, 27)),
    "mt5 utf-16 big": ("EURUSD_M1.csv", ("\ufeff" + MT5).encode("utf-16-be"), "EURUSD", BAR, fx(31, 0, 27)),
    "mt5 utf-16 without a mark": ("EURUSD_M1.csv", MT5.encode("utf-16-le"), "EURUSD", BAR, fx(31, 0, 27)),
    "mt5 days": ("EURUSD_Daily.csv", "<DATE>\t<OPEN>\t<HIGH>\t<LOW>\t<CLOSE>\t<TICKVOL>\t<VOL>\t<SPREAD>\n"
                 "2023.11.06\t1.1\t1.2\t1.0\t1.1\t5\t0\t1\n2023.11.07\t1.1\t1.2\t1.0\t1.1\t6\t0\t1\n", "EURUSD", BAR,
                 ["2023-11-06T00:00:00Z,1.1,1.2,1,1.1,5", "2023-11-07T00:00:00Z,1.1,1.2,1,1.1,6"]),
    "mt5 ticks": ("EURUSD_202311060830_202311060831.csv",
                  "<DATE>\t<TIME>\t<BID>\t<ASK>\t<LAST>\t<VOLUME>\t<FLAGS>\n"
                  "2023.11.06\t08:30:00.017\t1.07310\t1.07313\t\t\t6\n2023.11.06\t08:30:00.400\t\t1.07314\t\t\t4\n"
                  "2023.11.06\t08:30:01.999\t1.07309\t\t\t\t2\n2023.11.06\t08:30:02.000\t\t\t\t\t0\n", "EURUSD", QUOTE,
                  ["2023-11-06T08:30:00.017Z,1.0731,1.07313,0,0", "2023-11-06T08:30:00.400Z,1.0731,1.07314,0,0",
                   "2023-11-06T08:30:01.999Z,1.07309,1.07314,0,0", "2023-11-06T08:30:02Z,1.07309,1.07314,0,0"]),
    "mt4": ("EURUSD1.csv", "2023.11.06,08:30,1.07310,1.07350,1.07280,1.07330,31\n2023.11.06,08:31,1.07330,1.07400,1.07320,"
            "1.07380,0\n2023.11.06,08:32,1.07380,1.07385,1.07260,1.07300,27\n", "EURUSD", BAR, fx(31, 0, 27)),
    "histdata minutes": ("DAT_ASCII_EURUSD_M1_2023.csv", "20231106 083000;1.073100;1.073500;1.072800;1.073300;0\n20231106 083100;"
                         "1.073300;1.074000;1.073200;1.073800;0\n20231106 083200;1.073800;1.073850;1.072600;1.073000;0\n",
                         "EURUSD", BAR, fx(0, 0, 0)),
    "histdata ticks": ("DAT_ASCII_EURUSD_T_202311.csv", "20231106 083000017,1.073100,1.073130,0\n20231106 083000400,1.073100,"
                       "1.073140,0\n", "EURUSD", QUOTE,
                       ["2023-11-06T08:30:00.017Z,1.0731,1.07313,0,0", "2023-11-06T08:30:00.400Z,1.0731,1.07314,0,0"]),
    "stooq": ("eurusd.txt", "<TICKER>,<PER>,<DATE>,<TIME>,<OPEN>,<HIGH>,<LOW>,<CLOSE>,<VOL>,<OPENINT>\n"
              "EURUSD,1,20231106,083000,1.0731,1.0735,1.0728,1.0733,0,0\nEURUSD,1,20231106,083100,1.0733,1.074,1.0732,1.0738,0,0\n"
              "EURUSD,1,20231106,083200,1.0738,1.07385,1.0726,1.073,0,0\n", "EURUSD", BAR, fx(0, 0, 0)),
    "stooq days": ("aapl.us.txt", "<TICKER>,<PER>,<DATE>,<TIME>,<OPEN>,<HIGH>,<LOW>,<CLOSE>,<VOL>,<OPENINT>\n"
                   "AAPL.US,D,20231106,000000,176.38,179.43,176.21,179.23,63841310,0\n", "AAPL.US", BAR,
                   ["2023-11-06T00:00:00Z,176.38,179.43,176.21,179.23,63841310"]),
    "dukascopy bars": ("EURUSD_Candlestick_1_M_BID_06.11.2023-06.11.2023.csv", "Gmt time,Open,High,Low,Close,Volume\n"
                       "06.11.2023 08:30:00.000,1.0731,1.0735,1.0728,1.0733,31.5\n06.11.2023 08:31:00.000,1.0733,1.074,1.0732,"
                       "1.0738,0\n06.11.2023 08:32:00.000,1.0738,1.07385,1.0726,1.073,27.25\n", "EURUSD", BAR, fx("31.5", 0, "27.25")),
    "dukascopy local time": ("EURUSD_Candlestick_1_M_BID.csv", "Local time,Open,High,Low,Close,Volume\n"
                             "06.11.2023 09:30:00.000 GMT+0100,1.0731,1.0735,1.0728,1.0733,31\n06.11.2023 09:31:00.000 GMT+0100,"
                             "1.0733,1.074,1.0732,1.0738,0\n06.11.2023 09:32:00.000 GMT+0100,1.0738,1.07385,1.0726,1.073,27\n",
                             "EURUSD", BAR, fx(31, 0, 27)),
    "dukascopy ticks": ("EURUSD_Ticks_06.07.2023-06.07.2023.csv", "Time (EET),Ask,Bid,AskVolume,BidVolume\n"
                        "2023.07.06 11:30:00.017,1.07313,1.0731,1.12,0.75\n2023.07.06 11:30:00.400,1.07314,1.0731,0.9,3.37\n",
                        "EURUSD", QUOTE, ["2023-07-06T08:30:00.017Z,1.0731,1.07313,0.75,1.12",
                                          "2023-07-06T08:30:00.400Z,1.0731,1.07314,3.37,0.9"]),
    "databento bars": ("glbx-mdp3-20231106.ohlcv-1m.csv", "ts_event,rtype,publisher_id,instrument_id,open,high,low,close,volume,"
                       "symbol\n1699259400000000000,33,1,9,4375.250000000,4376.000000000,4375.000000000,4375.500000000,120,ESZ3\n"
                       "1699259460000000000,33,1,9,4375.500000000,4375.750000000,4374.250000000,4374.500000000,98,ESZ3\n", "ESZ3", BAR,
                       ["2023-11-06T08:30:00Z,4375.25,4376,4375,4375.5,120", "2023-11-06T08:31:00Z,4375.5,4375.75,4374.25,4374.5,98"]),
    "databento bars, raw": ("glbx.csv", "ts_event,rtype,publisher_id,instrument_id,open,high,low,close,volume,symbol\n"
                            "1699259400000000000,33,1,9,4375250000000,4376000000000,4375000000000,4375500000000,120,ESZ3\n"
                            "1699259460000000000,33,1,9,4375500000000,4375750000000,4374250000000,4374500000000,98,ESZ3\n", "ESZ3",
                            BAR, ["2023-11-06T08:30:00Z,4375.25,4376,4375,4375.5,120",
                                  "2023-11-06T08:31:00Z,4375.5,4375.75,4374.25,4374.5,98"]),
    "databento trades": ("xnas.trades.csv", "ts_recv,ts_event,rtype,publisher_id,instrument_id,action,side,depth,price,size,flags,"
                         "ts_in_delta,sequence,symbol\n2023-11-06T14:30:00.000000123Z,2023-11-06T14:29:59.999900001Z,0,2,5,T,A,0,"
                         "176.380000000,100,130,900,7,AAPL\n2023-11-06T14:30:00.000000124Z,2023-11-06T14:29:59.999900002Z,0,2,5,T,N,"
                         "0,176.390000000,5,130,900,8,AAPL\n2023-11-06T14:30:01.5Z,2023-11-06T14:30:01.4Z,0,2,5,T,B,0,176.400000000,"
                         "1,130,900,9,AAPL\n", "AAPL", TRADE,
                         ["2023-11-06T14:29:59.999900001Z,176.38,100,sell,0", "2023-11-06T14:29:59.999900002Z,176.39,5,,0",
                          "2023-11-06T14:30:01.400Z,176.4,1,buy,0"]),
    "polygon minutes": ("2023-11-06.csv", "ticker,volume,open,close,high,low,window_start,transactions\n"
                        "AAPL,1200,176.38,176.4,176.5,176.3,1699281000000000000,12\nAAPL,900,176.4,176.2,176.45,176.1,"
                        "1699281060000000000,7\n", "AAPL", BAR, ["2023-11-06T14:30:00Z,176.38,176.5,176.3,176.4,1200",
                                                                "2023-11-06T14:31:00Z,176.4,176.45,176.1,176.2,900"]),
    "polygon trades": ("trades.csv", "ticker,conditions,correction,exchange,id,participant_timestamp,price,sequence_number,"
                       "sip_timestamp,size,tape,trf_id,trf_timestamp\nAAPL,\"12,37\",0,11,5,1699281000000000001,176.38,1,"
                       "1699281000000000500,100,3,0,0\nAAPL,,0,11,6,1699281000000000000,176.39,2,1699281000000000600,10,3,0,0\n",
                       "AAPL", TRADE, ["2023-11-06T14:30:00.000000500Z,176.38,100,,5", "2023-11-06T14:30:00.000000600Z,176.39,10,,6"]),
    "kaiko trades": ("cbse_btcusd_trades_2023_11_06.csv", "id,exchange,symbol,date,price,amount,sell\n"
                     "1,cbse,btcusd,1699259400017,35012.5,0.01,true\n2,cbse,btcusd,1699259400400,35012.75,0.2,false\n", "BTCUSD", TRADE,
                     ["2023-11-06T08:30:00.017Z,35012.5,0.01,sell,1", "2023-11-06T08:30:00.400Z,35012.75,0.2,buy,2"]),
    "kaiko bars": ("bfnx_btcusd_cohlcvwap_1m_2023_11.csv", "1699259400000,3,35012.5,35040,34990.1,35020.25,1.25,35010.1\n"
                   "1699259460000,1,35020.25,35055.5,35010,35050,0.5,35050\n1699259520000,9,35050,35060,35000,35001.01,2,35020.7\n",
                   "BTCUSD", BAR, COIN),
    "cryptodatadownload": ("Binance_BTCUSDT_minute.csv", "https://www.CryptoDataDownload.com\n"
                           "Unix,Date,Symbol,Open,High,Low,Close,Volume BTC,Volume USDT,tradecount\n"
                           "1699259520000,2023-11-06 08:32:00,BTCUSDT,35050,35060,35000,35001.01,2,70002,40\n"
                           "1699259460000,2023-11-06 08:31:00,BTCUSDT,35020.25,35055.5,35010,35050,0.5,17525,12\n"
                           "1699259400000,2023-11-06 08:30:00,BTCUSDT,35012.5,35040,34990.1,35020.25,1.25,43775.1,31\n", "BTCUSDT",
                           BAR, COIN),
    "cryptodatadownload, old": ("Gemini_BTCUSD_1hr.csv", "https://www.CryptoDataDownload.com\nDate,Symbol,Open,High,Low,Close,"
                                "Volume BTC,Volume USD\n2020-03-04 01-PM,BTCUSD,8800,8810,8790,8805.5,3,26400\n"
                                "2020-03-04 12-PM,BTCUSD,8790,8805,8780,8800,2,17600\n2020-03-04 11-AM,BTCUSD,8780,8800,8770,8790,1,"
                                "8790\n", "BTCUSD", BAR,
                                ["2020-03-04T11:00:00Z,8780,8800,8770,8790,1", "2020-03-04T12:00:00Z,8790,8805,8780,8800,2",
                                 "2020-03-04T13:00:00Z,8800,8810,8790,8805.5,3"]),
    "pandas": ("acme.csv", ",Open,High,Low,Close,Volume\n2023-11-06 08:30:00+00:00,35012.5,35040,34990.1,35020.25,1.25\n"
               "2023-11-06 08:31:00+00:00,35020.25,35055.5,35010,35050,0.5\n2023-11-06 08:32:00+00:00,35050,35060,35000,35001.01,2\n",
               "ACME", BAR, COIN),
    "pandas with a number for index": ("acme.csv", ",time,open,high,low,close,volume\n"
                                       "0,2023-11-06 08:30:00,35012.5,35040,34990.1,35020.25,1.25\n1,2023-11-06 08:31:00,35020.25,"
                                       "35055.5,35010,35050,0.5\n2,2023-11-06 08:32:00,35050,35060,35000,35001.01,2\n", "ACME", BAR, COIN),
    "binance klines": ("BTCUSDT-1m-2023-11-06.csv", BINANCE, "BTCUSDT", BAR, COIN),
    "binance klines in us": ("BTCUSDT-1m-2025-11-06.csv", BINANCE.replace("0000,35", "0000000,35").replace("9999,", "9999999,"),
                             "BTCUSDT", BAR, COIN),
    "binance klines, unit changes": ("BTCUSDT-1m.csv", BINANCE[:BINANCE.index("1699259460000")] +
                                     BINANCE[BINANCE.index("1699259460000"):].replace("1699259460000", "1699259460000000")
                                     .replace("1699259519999", "1699259519999999"), "BTCUSDT", BAR, COIN),
    "binance trades": ("BTCUSDT-trades-2023-11-06.csv", "3200,35012.50,0.01,350.125,1699259400017,True,True\n"
                       "3201,35012.75,0.2,7002.55,1699259400400,False,True\n", "BTCUSDT", TRADE,
                       ["2023-11-06T08:30:00.017Z,35012.5,0.01,sell,3200", "2023-11-06T08:30:00.400Z,35012.75,0.2,buy,3201"]),
    "binance aggregate trades": ("BTCUSDT-aggTrades-2023-11-06.csv", "77,35012.50,0.01,3200,3200,1699259400017,True,True\n"
                                 "78,35012.75,0.2,3201,3203,1699259400400,False,True\n", "BTCUSDT", TRADE,
                                 ["2023-11-06T08:30:00.017Z,35012.5,0.01,sell,77", "2023-11-06T08:30:00.400Z,35012.75,0.2,buy,78"]),
    "kraken": ("XBTUSD_1.csv", "1699259400,35012.5,35040,34990.1,35020.25,1.25,3\n1699259460,35020.25,35055.5,35010,35050,0.5,1\n"
               "1699259520,35050,35060,35000,35001.01,2,9\n", "XBTUSD", BAR, COIN),
    "semicolons and commas": ("dax.csv", "Datum;Zeit;Er\u00f6ffnung;Hoch;Tief;Schluss;Volumen\n06.11.2023;08:30;15.180,50;15.190,00;"
                              "15.170,25;15.185,00;1.200\n06.11.2023;08:31;15.185,00;15.200,00;15.180,00;15.199,50;900\n", "DAX", BAR,
                              ["2023-11-06T08:30:00Z,15180.5,15190,15170.25,15185,1200",
                               "2023-11-06T08:31:00Z,15185,15200,15180,15199.5,900"]),
    "semicolons and commas in latin-1": ("dax.csv", "Datum;Er\u00f6ffnung;Hoch;Tief;Schluss\n06.11.2023;1,5;1,75;1,25;1,5\n"
                                         "07.11.2023;1,5;1,75;1,25;1,5\n".encode("latin-1"), "DAX", BAR,
                                         ["2023-11-06T00:00:00Z,1.5,1.75,1.25,1.5,0", "2023-11-07T00:00:00Z,1.5,1.75,1.25,1.5,0"]),
    "yen with three decimals": ("usdjpy.csv", "time;bid;ask\n2023-11-06 08:30:00;149,512;149,514\n2023-11-06 08:30:01;149,513;"
                                "149,515\n", "USDJPY", QUOTE,
                                ["2023-11-06T08:30:00Z,149.512,149.514,0,0", "2023-11-06T08:30:01Z,149.513,149.515,0,0"]),
    "date and time": ("acme.csv", "Date,Time,Open,High,Low,Close,Volume\n11/06/2023,8:30 AM,1,2,1,2,3\n11/13/2023,8:30 AM,1,2,1,2,3\n",
                      "ACME", BAR, ["2023-11-06T08:30:00Z,1,2,1,2,3", "2023-11-13T08:30:00Z,1,2,1,2,3"]),
    "thousands": ("acme.csv", "Date,Open,High,Low,Close,Volume\n2023-11-06,\"35,012.5\",\"35,040\",\"34,990.1\",\"35,020.25\",\"1,234\"\n"
                  "2023-11-07,\"35,020.25\",\"35,055.5\",\"35,010\",\"35,050\",999\n", "ACME", BAR,
                  ["2023-11-06T00:00:00Z,35012.5,35040,34990.1,35020.25,1234", "2023-11-07T00:00:00Z,35020.25,35055.5,35010,35050,999"]),
    "us dates": ("acme.csv", "Date,Open,High,Low,Close\n11/06/2023,1,2,1,2\n11/07/2023,1,2,1,2\n11/13/2023,1,2,1,2\n", "ACME", BAR,
                 ["2023-11-06T00:00:00Z,1,2,1,2,0", "2023-11-07T00:00:00Z,1,2,1,2,0", "2023-11-13T00:00:00Z,1,2,1,2,0"]),
    "dotted, day first": ("acme.csv", "Date,Open,High,Low,Close\n06.11.2023,1,2,1,2\n07.11.2023,1,2,1,2\n", "ACME", BAR,
                          ["2023-11-06T00:00:00Z,1,2,1,2,0", "2023-11-07T00:00:00Z,1,2,1,2,0"]),
    "names of months": ("acme.csv", "Date,Open,High,Low,Close\n06-Nov-2023,1,2,1,2\n07-Nov-2023,1,2,1,2\n", "ACME", BAR,
                        ["2023-11-06T00:00:00Z,1,2,1,2,0", "2023-11-07T00:00:00Z,1,2,1,2,0"]),
    "quotes, newest first": ("acme.csv", "time,bid,ask\n1699259402,3,4\n1699259401,2,3\n1699259401,1,2\n1699259400,5,6\n", "ACME",
                             QUOTE, ["2023-11-06T08:30:00Z,5,6,0,0", "2023-11-06T08:30:01Z,1,2,0,0", "2023-11-06T08:30:01Z,2,3,0,0",
                                     "2023-11-06T08:30:02Z,3,4,0,0"]),
    "sep=": ("acme.csv", "sep=;\ntime;bid;ask\n1699259400;1,5;1,6\n1699259401;1,5;1,6\n", "ACME", QUOTE,
             ["2023-11-06T08:30:00Z,1.5,1.6,0,0", "2023-11-06T08:30:01Z,1.5,1.6,0,0"]),
}


class Dialects(program.Program):
    def load(self, name, data, *words):
        self.write(name, data)
        shutil.rmtree(self.path("out"), ignore_errors=True)
        report, = self.mthost("data", "check", name, *words, "--json").json()
        self.assertEqual((report["bad"], report["verdict"], report["rounded"]), (0, "good", 0))
        done = self.mthost("data", "import", name, *words, "--csv", "--out", "out")
        written, = os.listdir(self.path("out"))
        with open(self.path("out", written)) as file:
            header, *rows = file.read().splitlines()
        return report["symbol"], header, rows, done.err

    def test_every_dialect_to_the_last_digit(self):
        for dialect, (name, data, symbol, header, rows) in DIALECTS.items():
            with self.subTest(dialect=dialect):
                self.assertEqual(self.load(name, data)[:3], (symbol, header, rows))

    def test_every_container(self):
        name, data, symbol, header, rows = DIALECTS["binance klines"]
        plain = data.encode()
        archive = io.BytesIO()
        with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as file:
            file.writestr(name, plain)
            file.writestr("__MACOSX/._" + name, b"resource fork")
        packed = {".gz": gzip.compress(plain), ".xz": lzma.compress(plain), ".bz2": bz2.compress(plain), ".zip": archive.getvalue(),
                  ".gz of two": gzip.compress(plain[:200]) + gzip.compress(plain[200:])}
        if shutil.which("zstd"):
            packed[".zst"] = subprocess.run(["zstd", "-q", "-c"], input=plain, capture_output=True, check=True).stdout
        for kind, data in packed.items():
            with self.subTest(kind=kind):
                self.assertEqual(self.load("BTCUSDT-1m-2023-11-06.csv" + kind.split()[0], data)[:3], (symbol, header, rows))

    def test_packed_files_from_their_end(self):
        rows = [f"{1_699_259_400 + 60 * i},{100 + i % 7},{107 + i % 7},{99 + i % 7},{101 + i % 7},{i}\n" for i in range(30_000)]
        text = "time,open,high,low,close,volume\n" + "".join(reversed(rows))
        expected = self.load("x.csv", "time,open,high,low,close,volume\n" + "".join(rows))[2]
        for name, data in (("x.csv", text), ("x.csv.gz", gzip.compress(text.encode())), ("x.csv.xz", lzma.compress(text.encode())),
                           ("y.csv", ("\ufeff" + text).encode("utf-16-le"))):
            with self.subTest(name=name):
                got = self.load(name, data, "--symbols", "X")
                self.assertEqual(got[2], expected)
                self.assertEqual(got[3].count("newest row first"), 1)

    def test_newest_first_in_local_time_over_both_changes_of_the_clock(self):
        utc = [1_699_250_400 - 3600 * i for i in range(400)]        # back over the 5th of November 2023
        for zone, offset in (("America/New_York", None), ("+05:30", 19800)):
            local = []
            import datetime
            import zoneinfo
            for at in utc:
                tz = zoneinfo.ZoneInfo(zone) if offset is None else datetime.timezone(datetime.timedelta(seconds=offset))
                local.append(datetime.datetime.fromtimestamp(at, tz).strftime("%Y-%m-%d %H:%M"))
            text = "time,open,high,low,close\n" + "".join(f"{at},1,2,1,2\n" for at in local)
            rows = self.load("x.csv", text, "--tz", zone)[2]
            with self.subTest(zone=zone):
                want = [datetime.datetime.fromtimestamp(at, datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ") for at in
                        reversed(utc)]
                self.assertEqual([row.split(",")[0] for row in rows], want)

    def test_a_symbol_out_of_many(self):
        name, text = "flat.csv", "ticker,volume,open,close,high,low,window_start,transactions\n"
        for number, ticker in enumerate(("AAA", "BBB", "CCC")):
            for minute in range(3):
                text += f"{ticker},1,{number + 1},{number + 1},{number + 1}.5,{number + 0.5},{1699281000 + 60 * minute}000000000,1\n"
        self.write(name, text)
        for number, ticker in enumerate(("AAA", "BBB", "CCC")):
            symbol, _, rows, err = self.load(name, text, "--symbols", ticker)
            self.assertEqual((symbol, len(rows)), (ticker, 3))
            self.assertTrue(all(row.split(",")[1] == str(number + 1) for row in rows))
            self.assertIn(f"rows of {ticker} alone", err)
        said = self.mthost("data", "check", name, "--symbols", "DDD", code=1).err
        self.assertIn("AAA, BBB", said)

    def test_the_question_and_its_answer(self):
        text = "Date,Open,High,Low,Close\n" + "".join(f"{month:02}/{day:02}/2023,1,2,1,2\n" for month, day in ((3, 4), (3, 5), (3, 6)))
        self.write("us.csv", text)
        said = self.mthost("data", "check", "us.csv", code=1).err
        for word in ("us.csv:2", "03/04/2023", "2023-03-04", "2023-04-03", "--dates mdy", "--dates dmy"):
            self.assertIn(word, said)
        self.assertEqual(self.load("us.csv", text, "--dates", "mdy")[2][0], "2023-03-04T00:00:00Z,1,2,1,2,0")
        self.assertEqual(self.load("us.csv", text, "--dates", "dmy")[2][0], "2023-04-03T00:00:00Z,1,2,1,2,0")
        # one row far behind the first ones tells it
        far = "time,bid,ask\n" + "03/04/2023 09:00:00,1,2\n" * 12_000
        self.write("far.csv", far)
        self.mthost("data", "check", "far.csv", code=1)
        self.assertEqual(self.load("far.csv", far + "03/14/2023 09:00:00,1,2\n")[2][-1], "2023-03-14T09:00:00Z,1,2,0,0")
        number = 'time,bid,ask\n2023-11-06,"46,101","46,102"\n2023-11-07,"46,101","46,102"\n'
        self.write("number.csv", number)
        self.assertIn("46,101 may be 46101 or 46.101", self.mthost("data", "check", "number.csv", code=1).err)
        self.assertEqual(self.load("number.csv", number, "--decimal", "dot")[2][0], "2023-11-06T00:00:00Z,46101,46102,0,0")
        self.assertEqual(self.load("number.csv", number, "--decimal", "comma")[2][0], "2023-11-06T00:00:00Z,46.101,46.102,0,0")

    def test_dumps_of_two_days_are_one_series(self):
        one = BINANCE
        two = BINANCE.replace("16992594", "16993458").replace("16992595", "16993459")
        self.write("BTCUSDT-1m-2023-11-06.csv", one)
        self.write("BTCUSDT-1m-2023-11-07.csv", two)
        self.mthost("data", "import", "BTCUSDT-1m-2023-11-07.csv", "BTCUSDT-1m-2023-11-06.csv", "--out", "out")
        self.assertEqual(os.listdir(self.path("out")), ["BTCUSDT_bars60s.mts"])

    def test_parquet(self):
        text = "time,open,high,low,close,volume\n2023-11-06T08:30:00Z,1.1,1.2,1.0,1.1,5\n2023-11-06T08:31:00Z,1.1,1.2,1.0,1.15,5\n"
        self.write("acme.csv", text)
        self.write("bad.parquet", b"PAR1nothing")
        self.assertIn("mthost data import", self.mthost("data", "check", "bad.parquet", code=1).err)
        said = self.mthost("data", "import", "bad.parquet", "--out", "out", code=(1, 3), env={"PATH": "/nonexistent"}).err
        self.assertIn("there is no python3 here", said)
        try:
            import pyarrow.csv
            import pyarrow.parquet
        except ImportError:
            print(f"SKIP {self.id()}: pyarrow is not installed", file=program.sys.stderr)
            self.skipTest("pyarrow is not installed")
        pyarrow.parquet.write_table(pyarrow.csv.read_csv(self.path("acme.csv")), self.path("ACME.parquet"))
        self.mthost("data", "import", "ACME.parquet", "--csv", "--out", "out")
        with open(self.path("out", "ACME_bars60s.csv")) as file:
            self.assertEqual(file.read().splitlines()[1:],
                             ["2023-11-06T08:30:00Z,1.1,1.2,1,1.1,5", "2023-11-06T08:31:00Z,1.1,1.2,1,1.15,5"])


if __name__ == "__main__":
    unittest.main()
